package sctpchunk

import (
	"encoding/binary"
	"iter"
)

// Chunk is a chunk as it stands in a packet (RFC 9260, 3.2).
type Chunk struct {
	Type  Type
	Flags uint8
	// Value is what is behind the chunk's header, without padding: a part of the
	// packet.
	Value []byte
	// Offset is where the chunk starts, in octets from the start of the packet.
	Offset int
}

// Chunks walks the chunks of a packet. The padding of the last may be missing. At
// the first damage it yields a *[SyntaxError] and ends.
func Chunks(packet []byte) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for offset := HeaderLen; offset < len(packet); {
			c, err := parseChunk(packet, offset)
			if !yield(c, err) || err != nil {
				return
			}
			offset += chunkHeaderLen + (len(c.Value)+3)&^3
		}
	}
}

func parseChunk(packet []byte, offset int) (Chunk, error) {
	b := packet[offset:]
	if len(b) < chunkHeaderLen {
		return Chunk{Offset: offset}, &SyntaxError{Offset: offset, Err: ErrTruncated}
	}
	c := Chunk{Type: Type(b[0]), Flags: b[1], Offset: offset}
	switch n := int(binary.BigEndian.Uint16(b[2:])); {
	case n < chunkHeaderLen:
		return c, c.fail(2, ErrBadLength)
	case n > len(b):
		return c, c.fail(0, ErrTruncated)
	default:
		c.Value = b[chunkHeaderLen:n:n]
		return c, nil
	}
}

// AppendBinary appends the chunk with its header and padding. Its value has at most
// 65531 octets.
func (c Chunk) AppendBinary(b []byte) ([]byte, error) {
	n := chunkHeaderLen + len(c.Value)
	if n > 0xffff {
		return nil, c.fail(2, ErrBadLength)
	}
	b = append(b, byte(c.Type), c.Flags, byte(n>>8), byte(n))
	b = append(b, c.Value...)
	for ; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b, nil
}

func (c Chunk) fail(at int, err error) error {
	return &SyntaxError{Offset: c.Offset + at, Chunk: c.Type, InChunk: true, Err: err}
}
