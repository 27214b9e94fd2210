package sctpchunk

import (
	"encoding/binary"
	"hash/crc32"
)

// HeaderLen is the length of the common header of a packet.
const HeaderLen = 12

const chunkHeaderLen = 4

// Header is the common header of a packet (RFC 9260, 3.1).
type Header struct {
	SrcPort uint16
	DstPort uint16
	// Tag is the verification tag: the tag that the receiver chose for the
	// association, 0 in a packet with INIT.
	Tag uint32
	// Checksum is the CRC32c as it stands in the packet.
	Checksum [4]byte
}

// ParseHeader decodes the common header.
func ParseHeader(packet []byte) (Header, error) {
	if len(packet) < HeaderLen {
		return Header{}, &SyntaxError{Offset: len(packet), Err: ErrTruncated}
	}
	return Header{
		SrcPort:  binary.BigEndian.Uint16(packet),
		DstPort:  binary.BigEndian.Uint16(packet[2:]),
		Tag:      binary.BigEndian.Uint32(packet[4:]),
		Checksum: [4]byte(packet[8:]),
	}, nil
}

// AppendBinary appends the encoded header. It does not fail.
func (h Header) AppendBinary(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, h.SrcPort)
	b = binary.BigEndian.AppendUint16(b, h.DstPort)
	b = binary.BigEndian.AppendUint32(b, h.Tag)
	return append(b, h.Checksum[:]...), nil
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	noChecksum = make([]byte, 4) // not in the function, where it would be allocated each time
)

// Checksum returns the CRC32c of a packet as its header ought to have it (RFC 9260,
// appendix A). The packet has a whole header; the checksum in it does not count.
func Checksum(packet []byte) [4]byte {
	sum := crc32.Update(0, castagnoli, packet[:8])
	sum = crc32.Update(sum, castagnoli, noChecksum)
	sum = crc32.Update(sum, castagnoli, packet[HeaderLen:])
	var out [4]byte
	binary.LittleEndian.PutUint32(out[:], sum)
	return out
}
