package sctpchunk

import (
	"errors"
	"fmt"
)

// What can be wrong with a packet.
var (
	// ErrTruncated: the packet ends in the middle of a chunk.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: the length of a chunk is too small for what it is.
	ErrBadLength = errors.New("bad length")
	// ErrWrongType: the chunk is of another type than it is read as.
	ErrWrongType = errors.New("chunk of another type")
)

// A SyntaxError says where a packet is damaged.
type SyntaxError struct {
	// Offset is where the damage is, in octets from the start of the packet.
	Offset int
	// Chunk is the type of the chunk concerned, if InChunk is true.
	Chunk   Type
	InChunk bool
	// Err is one of the Err values of this package.
	Err error
}

// Error returns the damage and the offset.
func (e *SyntaxError) Error() string {
	if !e.InChunk {
		return fmt.Sprintf("sctp: offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("sctp: offset %d: %v: %v", e.Offset, e.Chunk, e.Err)
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }
