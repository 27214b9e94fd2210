package pcap

import (
	"encoding/binary"
	"time"
)

// The first four octets of a file tell the order of octets and the unit of time.
const (
	magicMicroseconds = 0xa1b2c3d4
	magicNanoseconds  = 0xa1b23c4d
)

const (
	classicFileHead   = 24
	classicPacketHead = 16
)

// classic is the format pcap.
type classic struct {
	order binary.ByteOrder
	unit  time.Duration
	link  LinkType
}

// newClassic reads the head of a file that begins with magic.
func newClassic(in *input, magic []byte) (*classic, error) {
	c := new(classic)
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic) {
		case magicMicroseconds:
			c.order, c.unit = order, time.Microsecond
		case magicNanoseconds:
			c.order, c.unit = order, time.Nanosecond
		}
	}
	if c.order == nil {
		return nil, ErrFormat
	}
	head, err := in.rest(classicFileHead)
	if err != nil {
		return nil, err
	}
	c.link = linkType(c.order.Uint32(head[20:]))
	return c, nil
}

func (c *classic) next(in *input, p *Packet) error {
	head, err := in.read(classicPacketHead)
	if err != nil {
		return err
	}
	n := c.order.Uint32(head[8:])
	if n > MaxPacketLen {
		return ErrTooLong
	}
	p.Time = time.Unix(int64(c.order.Uint32(head)), int64(c.order.Uint32(head[4:]))*int64(c.unit)).UTC()
	p.Len = length(c.order.Uint32(head[12:]))
	p.Link = c.link
	p.Data, err = in.rest(int(n))
	return err
}

// linkType returns the link type without what the upper 16 bits tell about frame
// check sequences. Some writers use numbers of their own systems for raw IP.
func linkType(v uint32) LinkType {
	switch t := LinkType(v & 0xffff); t {
	case 12, 14:
		return LinkRaw
	default:
		return t
	}
}
