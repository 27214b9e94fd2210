package rawsctp

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const packetHeaderLen = 12

// Errors of ParsePacket.
var (
	ErrChecksum  = errors.New("wrong checksum")
	ErrTruncated = errors.New("truncated packet")
)

// A Packet is an SCTP packet (3), the content of a UDP datagram.
type Packet struct {
	Source, Destination uint16 // SCTP ports
	Tag                 uint32
	Chunks              []Chunk
	Rest                []byte // octets behind the chunks, which need not be chunks
}

// Append appends the encoded packet with its CRC32c.
func (p Packet) Append(b []byte) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, p.Source)
	b = binary.BigEndian.AppendUint16(b, p.Destination)
	b = binary.BigEndian.AppendUint32(b, p.Tag)
	b = append(b, 0, 0, 0, 0)
	for _, c := range p.Chunks {
		b = c.appendTo(b)
	}
	b = append(b, p.Rest...)
	setChecksum(b[start:])
	return b
}

// setChecksum sets the CRC32c of a packet that has 0 in its place. It is in little-endian order (appendix A).
func setChecksum(b []byte) {
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b, castagnoli))
}

// ParsePacket decodes a packet. The chunks share its memory. Octets that are no chunk are an error.
func ParsePacket(b []byte) (Packet, error) {
	if len(b) < packetHeaderLen {
		return Packet{}, ErrTruncated
	}
	sum := crc32.Update(crc32.Checksum(b[:8], castagnoli), castagnoli, make([]byte, 4))
	if crc32.Update(sum, castagnoli, b[packetHeaderLen:]) != binary.LittleEndian.Uint32(b[8:]) {
		return Packet{}, ErrChecksum
	}
	p := Packet{
		Source:      binary.BigEndian.Uint16(b),
		Destination: binary.BigEndian.Uint16(b[2:]),
		Tag:         binary.BigEndian.Uint32(b[4:]),
	}
	for rest := b[packetHeaderLen:]; len(rest) > 0; {
		if len(rest) < chunkHeaderLen {
			return p, ErrTruncated
		}
		length := int(binary.BigEndian.Uint16(rest[2:]))
		if length < chunkHeaderLen || length > len(rest) {
			return p, ErrTruncated
		}
		p.Chunks = append(p.Chunks, Chunk{Type: ChunkType(rest[0]), Flags: rest[1], Value: rest[chunkHeaderLen:length]})
		rest = rest[min(paddedLen(length), len(rest)):]
	}
	return p, nil
}
