package udpsctp

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Sizes of RFC 9260, 3.
const (
	headerLen      = 12
	chunkHeaderLen = 4
	// dataHeaderLen is the size of a DATA chunk's fields before the user data.
	dataHeaderLen = 12
	sackMinLen    = 12
)

// chunkType is the type of a chunk (RFC 9260, 3.2).
type chunkType uint8

const (
	chunkData             chunkType = 0
	chunkInit             chunkType = 1
	chunkInitAck          chunkType = 2
	chunkSack             chunkType = 3
	chunkHeartbeat        chunkType = 4
	chunkHeartbeatAck     chunkType = 5
	chunkAbort            chunkType = 6
	chunkShutdown         chunkType = 7
	chunkShutdownAck      chunkType = 8
	chunkError            chunkType = 9
	chunkCookieEcho       chunkType = 10
	chunkCookieAck        chunkType = 11
	chunkShutdownComplete chunkType = 14
)

// isSkippable reports whether parsing goes on after an unknown chunk of this type. The
// highest bit of the type decides (RFC 9260, 3.2).
func (t chunkType) isSkippable() bool { return t&0x80 != 0 }

// flagT in ABORT and SHUTDOWN COMPLETE means that the sender has no association, and
// reflects the verification tag (RFC 9260, 8.5.1).
const flagT = 0x01

var (
	errTruncated = errors.New("truncated")
	errBadLength = errors.New("bad length")
	errChecksum  = errors.New("wrong checksum")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A header is the SCTP common header without its checksum.
type header struct {
	src, dst uint16
	tag      uint32
}

// A chunk is a chunk of a packet. Its value belongs to the packet.
type chunk struct {
	typ   chunkType
	flags uint8
	value []byte
}

// parsePacket verifies the checksum of a packet and the framing of its chunks. It returns
// the common header, and the octets of all chunks.
func parsePacket(b []byte) (header, []byte, error) {
	if len(b) < headerLen+chunkHeaderLen {
		return header{}, nil, errTruncated
	}
	if binary.LittleEndian.Uint32(b[8:]) != checksum(b) {
		return header{}, nil, errChecksum
	}
	body := b[headerLen:]
	for rest := body; len(rest) > 0; {
		var err error
		if _, rest, err = nextChunk(rest); err != nil {
			return header{}, nil, err
		}
	}
	return parseHeader(b), body, nil
}

// parseHeader parses the common header; b must have at least 8 octets.
func parseHeader(b []byte) header {
	return header{
		src: binary.BigEndian.Uint16(b),
		dst: binary.BigEndian.Uint16(b[2:]),
		tag: binary.BigEndian.Uint32(b[4:]),
	}
}

// nextChunk returns the first chunk of b, and the octets after that chunk. The last chunk
// may lack its padding.
func nextChunk(b []byte) (c chunk, rest []byte, err error) {
	if len(b) < chunkHeaderLen {
		return chunk{}, nil, errTruncated
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < chunkHeaderLen || n > len(b) {
		return chunk{}, nil, errBadLength
	}
	end := min(n+padding(n), len(b))
	return chunk{typ: chunkType(b[0]), flags: b[1], value: b[chunkHeaderLen:n]}, b[end:], nil
}

// padding returns the number of octets that pad n octets to a multiple of four.
func padding(n int) int { return -n & 3 }

// checksum returns the CRC32c of a packet, computed with a zero checksum field (RFC 9260,
// 6.8).
func checksum(b []byte) uint32 {
	var zero [4]byte
	sum := crc32.Update(0, castagnoli, b[:8])
	sum = crc32.Update(sum, castagnoli, zero[:])
	return crc32.Update(sum, castagnoli, b[headerLen:])
}

// seal writes the checksum into a finished packet.
func seal(b []byte) []byte {
	binary.LittleEndian.PutUint32(b[8:], checksum(b))
	return b
}

// appendHeader appends a common header with a zero checksum.
func appendHeader(b []byte, h header) []byte {
	b = binary.BigEndian.AppendUint16(b, h.src)
	b = binary.BigEndian.AppendUint16(b, h.dst)
	b = binary.BigEndian.AppendUint32(b, h.tag)
	return append(b, 0, 0, 0, 0)
}

// appendChunk appends a chunk and its padding. The value must be shorter than 65532
// octets, like every value in a UDP datagram.
func appendChunk(b []byte, typ chunkType, flags uint8, value []byte) []byte {
	n := chunkHeaderLen + len(value)
	b = append(b, byte(typ), flags)
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = append(b, value...)
	return append(b, make([]byte, padding(n))...)
}

// singleChunk returns a sealed packet with a single chunk.
func singleChunk(h header, typ chunkType, flags uint8, value []byte) []byte {
	b := make([]byte, 0, headerLen+chunkHeaderLen+len(value)+3)
	return seal(appendChunk(appendHeader(b, h), typ, flags, value))
}
