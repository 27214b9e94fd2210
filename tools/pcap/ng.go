package pcap

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"
)

// Block types (draft-ietf-opsawg-pcapng, 4).
const (
	blockSection        = 0x0a0d0d0a
	blockInterface      = 1
	blockPacket         = 2 // obsolete
	blockSimplePacket   = 3
	blockEnhancedPacket = 6
)

const (
	byteOrderMagic = 0x1a2b3c4d

	optionEnd            = 0
	optionTimeResolution = 9
	optionTimeOffset     = 14

	// maxInterfaces bounds what a file can make us keep.
	maxInterfaces = 65536

	// maxBlockLen is a packet of the greatest length with head and options.
	maxBlockLen = MaxPacketLen + 1<<16
)

// ng is the format pcapng.
type ng struct {
	order      binary.ByteOrder
	interfaces []ngInterface
}

// ngInterface is what an Interface Description Block says.
type ngInterface struct {
	link    LinkType
	snapLen uint32
	// ticks are how many units of time make a second; offset is in seconds.
	ticks  uint64
	offset int64
}

func (g *ng) next(in *input, p *Packet) error {
	for {
		in.start = in.offset
		typ, body, err := g.block(in)
		if err != nil {
			return err
		}
		var ok bool
		switch typ {
		case blockInterface:
			err = g.addInterface(body)
		case blockEnhancedPacket, blockPacket:
			ok, err = g.packet(typ, body, p)
		case blockSimplePacket:
			ok, err = g.simplePacket(body, p)
		}
		if ok || err != nil {
			return err
		}
	}
}

// block reads the next block. It returns no body for those of no interest.
func (g *ng) block(in *input) (typ uint32, body []byte, err error) {
	head, err := in.read(8)
	if err != nil {
		return 0, nil, err
	}
	if binary.BigEndian.Uint32(head) == blockSection {
		return blockSection, nil, g.section(in, binary.BigEndian.Uint32(head[4:]))
	}
	typ = g.order.Uint32(head)
	n := g.order.Uint32(head[4:])
	if n < 12 || n%4 != 0 {
		return typ, nil, ErrBadBlock
	}
	switch typ {
	case blockInterface, blockPacket, blockSimplePacket, blockEnhancedPacket:
		if n > maxBlockLen {
			return typ, nil, ErrTooLong
		}
		body, err = in.rest(int(n) - 8)
		if err != nil {
			return typ, nil, err
		}
		if g.order.Uint32(body[n-12:]) != n {
			return typ, nil, ErrBadBlock
		}
		return typ, body[:n-12], nil
	}
	return typ, nil, in.skip(int64(n) - 8)
}

// section reads the rest of a Section Header Block, whose length was read big endian.
func (g *ng) section(in *input, n uint32) error {
	b, err := in.rest(4)
	if err != nil {
		return err
	}
	switch {
	case binary.BigEndian.Uint32(b) == byteOrderMagic:
		g.order = binary.BigEndian
	case binary.LittleEndian.Uint32(b) == byteOrderMagic:
		g.order = binary.LittleEndian
		n = bits.ReverseBytes32(n)
	default:
		return ErrBadBlock
	}
	if n < 28 || n%4 != 0 {
		return ErrBadBlock
	}
	g.interfaces = nil
	return in.skip(int64(n) - 12)
}

func (g *ng) addInterface(b []byte) error {
	if len(b) < 8 || len(g.interfaces) == maxInterfaces {
		return ErrBadBlock
	}
	i := ngInterface{
		link:    linkType(uint32(g.order.Uint16(b))),
		snapLen: g.order.Uint32(b[4:]),
		ticks:   1e6,
	}
	for b = b[8:]; len(b) >= 4; {
		code, n := g.order.Uint16(b), int(g.order.Uint16(b[2:]))
		if code == optionEnd {
			break
		}
		padded := 4 + (n+3)&^3
		if padded > len(b) {
			return ErrBadBlock
		}
		value := b[4 : 4+n]
		switch {
		case code == optionTimeResolution && n == 1:
			i.ticks = ticks(value[0])
		case code == optionTimeOffset && n == 8:
			i.offset = int64(g.order.Uint64(value))
		}
		b = b[padded:]
	}
	g.interfaces = append(g.interfaces, i)
	return nil
}

// ticks returns the units per second of an if_tsresol option: a negative power of 2
// or 10. Powers beyond 64 bits are brought to the greatest.
func ticks(resolution byte) uint64 {
	exponent := resolution & 0x7f
	if resolution&0x80 != 0 {
		return 1 << min(exponent, 63)
	}
	n := uint64(1)
	for range min(exponent, 19) {
		n *= 10
	}
	return n
}

// time returns the time of a number of ticks.
func (i *ngInterface) time(t uint64) time.Time {
	seconds := int64(t / i.ticks)
	// ticks may be as many as 2^63: 128 bits hold the product.
	high, low := bits.Mul64(t%i.ticks, 1e9)
	nanoseconds, _ := bits.Div64(high, low, i.ticks)
	return time.Unix(seconds+i.offset, int64(nanoseconds)).UTC()
}

// packet reads an Enhanced Packet Block or its obsolete form.
func (g *ng) packet(typ uint32, b []byte, p *Packet) (ok bool, err error) {
	if len(b) < 20 {
		return false, ErrBadBlock
	}
	index := int64(g.order.Uint32(b))
	if typ == blockPacket {
		index = int64(g.order.Uint16(b))
	}
	if index >= int64(len(g.interfaces)) {
		return false, ErrBadBlock
	}
	i := &g.interfaces[index]
	n := g.order.Uint32(b[12:])
	switch {
	case n > MaxPacketLen:
		return false, ErrTooLong
	case int(n) > len(b)-20:
		return false, ErrBadBlock
	}
	p.Time = i.time(uint64(g.order.Uint32(b[4:]))<<32 | uint64(g.order.Uint32(b[8:])))
	p.Link = i.link
	p.Data = b[20 : 20+n]
	p.Len = length(g.order.Uint32(b[16:]))
	return true, nil
}

// simplePacket reads a Simple Packet Block, which is of the first interface and has
// no time.
func (g *ng) simplePacket(b []byte, p *Packet) (ok bool, err error) {
	if len(b) < 4 || len(g.interfaces) == 0 {
		return false, ErrBadBlock
	}
	i := &g.interfaces[0]
	n := g.order.Uint32(b)
	snapLen := uint32(math.MaxUint32)
	if i.snapLen != 0 {
		snapLen = i.snapLen
	}
	captured := min(n, snapLen, uint32(len(b)-4))
	if captured > MaxPacketLen {
		return false, ErrTooLong
	}
	*p = Packet{Number: p.Number, Link: i.link, Data: b[4 : 4+captured], Len: length(n)}
	return true, nil
}
