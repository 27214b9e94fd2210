package sctpchunk

import "encoding/binary"

// Data is a DATA chunk (RFC 9260, 3.3.1): a user message or a fragment of one.
type Data struct {
	// Unordered is the U bit, Begin the B bit, End the E bit.
	Unordered, Begin, End bool
	TSN                   uint32
	Stream                uint16
	// SSN is the number of the message in its stream; without meaning if
	// Unordered.
	SSN uint16
	// PPID is the payload protocol identifier, in host byte order.
	PPID uint32
	// Payload is at least one octet: a part of the packet.
	Payload []byte
}

const (
	dataLen = 12

	unorderedBit = 0x04
	beginBit     = 0x02
	endBit       = 0x01
)

// Data decodes the chunk as DATA.
func (c Chunk) Data() (Data, error) {
	switch {
	case c.Type != TypeData:
		return Data{}, c.fail(0, ErrWrongType)
	case len(c.Value) <= dataLen:
		return Data{}, c.fail(2, ErrBadLength) // RFC 9260, 3.3.10.9: no user data
	}
	return Data{
		Unordered: c.Flags&unorderedBit != 0,
		Begin:     c.Flags&beginBit != 0,
		End:       c.Flags&endBit != 0,
		TSN:       binary.BigEndian.Uint32(c.Value),
		Stream:    binary.BigEndian.Uint16(c.Value[4:]),
		SSN:       binary.BigEndian.Uint16(c.Value[6:]),
		PPID:      binary.BigEndian.Uint32(c.Value[8:]),
		Payload:   c.Value[dataLen:],
	}, nil
}

// Chunk returns the encoded chunk.
func (d Data) Chunk() Chunk {
	c := Chunk{Type: TypeData}
	for _, f := range [...]struct {
		on  bool
		bit uint8
	}{{d.Unordered, unorderedBit}, {d.Begin, beginBit}, {d.End, endBit}} {
		if f.on {
			c.Flags |= f.bit
		}
	}
	c.Value = binary.BigEndian.AppendUint32(c.Value, d.TSN)
	c.Value = binary.BigEndian.AppendUint16(c.Value, d.Stream)
	c.Value = binary.BigEndian.AppendUint16(c.Value, d.SSN)
	c.Value = binary.BigEndian.AppendUint32(c.Value, d.PPID)
	c.Value = append(c.Value, d.Payload...)
	return c
}
