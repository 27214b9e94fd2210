package rawsctp

import (
	"encoding/binary"
	"math"
)

// A ChunkType is the type of a chunk (3.2).
type ChunkType uint8

// The types that the attacks use by name.
const (
	TypeData             ChunkType = 0
	TypeInit             ChunkType = 1
	TypeInitAck          ChunkType = 2
	TypeSack             ChunkType = 3
	TypeHeartbeat        ChunkType = 4
	TypeHeartbeatAck     ChunkType = 5
	TypeAbort            ChunkType = 6
	TypeShutdown         ChunkType = 7
	TypeShutdownAck      ChunkType = 8
	TypeCookieEcho       ChunkType = 10
	TypeCookieAck        ChunkType = 11
	TypeShutdownComplete ChunkType = 14
)

// Flags of a DATA chunk (3.3.1).
const (
	FlagEnd         = 0x01
	FlagBegin       = 0x02
	FlagUnordered   = 0x04
	FlagImmediately = 0x08 // RFC 7053

	// Whole marks a message of a single chunk.
	Whole = FlagBegin | FlagEnd
)

const (
	chunkHeaderLen = 4
	dataHeaderLen  = 12 // without the header of the chunk
)

// A Chunk is a chunk of a packet. Its value may contradict its type.
type Chunk struct {
	Type  ChunkType
	Flags uint8
	Value []byte // without header and padding
}

// Len returns the length of the encoded chunk in octets, with its padding.
func (c Chunk) Len() int { return paddedLen(chunkHeaderLen + len(c.Value)) }

// appendTo appends the encoded chunk. A length beyond 16 bits is written as the largest length.
func (c Chunk) appendTo(b []byte) []byte {
	length := chunkHeaderLen + len(c.Value)
	b = append(b, byte(c.Type), c.Flags)
	b = binary.BigEndian.AppendUint16(b, uint16(min(length, math.MaxUint16)))
	b = append(b, c.Value...)
	return append(b, make([]byte, paddedLen(length)-length)...)
}

// Data is the content of a DATA chunk.
type Data struct {
	TSN            uint32
	Stream         uint16
	StreamSequence uint16
	PPID           uint32
	User           []byte
}

// Chunk returns the DATA chunk with the given flags.
func (d Data) Chunk(flags uint8) Chunk {
	v := make([]byte, dataHeaderLen, dataHeaderLen+len(d.User))
	binary.BigEndian.PutUint32(v, d.TSN)
	binary.BigEndian.PutUint16(v[4:], d.Stream)
	binary.BigEndian.PutUint16(v[6:], d.StreamSequence)
	binary.BigEndian.PutUint32(v[8:], d.PPID)
	return Chunk{Type: TypeData, Flags: flags, Value: append(v, d.User...)}
}

// Init is the fixed part of an INIT chunk (3.3.2).
type Init struct {
	Tag     uint32
	Window  uint32 // octets
	Streams uint16 // in each direction
	TSN     uint32
}

const initLen = 16

// Chunk returns the INIT chunk.
func (i Init) Chunk() Chunk {
	v := make([]byte, 0, initLen)
	v = binary.BigEndian.AppendUint32(v, i.Tag)
	v = binary.BigEndian.AppendUint32(v, i.Window)
	v = binary.BigEndian.AppendUint16(v, i.Streams)
	v = binary.BigEndian.AppendUint16(v, i.Streams)
	v = binary.BigEndian.AppendUint32(v, i.TSN)
	return Chunk{Type: TypeInit, Value: v}
}

// ParseInit returns the fixed part of an INIT or INIT ACK chunk. ok is false if the chunk is too short.
func ParseInit(c Chunk) (i Init, ok bool) {
	v := c.Value
	if len(v) < initLen {
		return Init{}, false
	}
	return Init{
		Tag:     binary.BigEndian.Uint32(v),
		Window:  binary.BigEndian.Uint32(v[4:]),
		Streams: binary.BigEndian.Uint16(v[8:]),
		TSN:     binary.BigEndian.Uint32(v[12:]),
	}, true
}

// Sack is the content of a SACK chunk (3.3.4).
type Sack struct {
	Cumulative uint32
	Window     uint32 // octets
	Gaps       [][2]uint16
	Duplicates int // number of duplicate TSNs, all 0
}

// Chunk returns the SACK chunk.
func (s Sack) Chunk() Chunk {
	v := make([]byte, 0, 12+4*len(s.Gaps)+4*s.Duplicates)
	v = binary.BigEndian.AppendUint32(v, s.Cumulative)
	v = binary.BigEndian.AppendUint32(v, s.Window)
	v = binary.BigEndian.AppendUint16(v, uint16(len(s.Gaps)))
	v = binary.BigEndian.AppendUint16(v, uint16(s.Duplicates))
	for _, g := range s.Gaps {
		v = binary.BigEndian.AppendUint16(v, g[0])
		v = binary.BigEndian.AppendUint16(v, g[1])
	}
	return Chunk{Type: TypeSack, Value: append(v, make([]byte, 4*s.Duplicates)...)}
}

// Heartbeat returns a HEARTBEAT chunk with the given information (3.3.5).
func Heartbeat(info []byte) Chunk {
	v := binary.BigEndian.AppendUint16(nil, 1) // Heartbeat Info
	v = binary.BigEndian.AppendUint16(v, uint16(chunkHeaderLen+len(info)))
	return Chunk{Type: TypeHeartbeat, Value: append(v, info...)}
}

func paddedLen(n int) int { return (n + 3) &^ 3 }
