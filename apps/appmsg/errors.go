package appmsg

import (
	"errors"
	"fmt"
)

// What can be wrong with a message. Decoders wrap these in a [SyntaxError];
// encoders return the first two with context.
var (
	// ErrTooLong: a message or a field of it does not fit.
	ErrTooLong = errors.New("too long")
	// ErrRange: a value cannot be expressed on the wire.
	ErrRange = errors.New("value out of range")

	// ErrTruncated: the input ends before what it announces.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: a length contradicts what it is the length of.
	ErrBadLength = errors.New("bad length")
	// ErrBadValue: a field has a value that it must not have.
	ErrBadValue = errors.New("invalid value")
	// ErrUnknownMessage: the message type is not one of the protocol's.
	ErrUnknownMessage = errors.New("unknown message type")
)

// A SyntaxError says where a message or cookie is damaged.
type SyntaxError struct {
	// Offset is where the damage is, in octets from the start of the input.
	Offset int
	// Err is one of the Err values of this package.
	Err error
}

// Error returns the damage and the offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Err) }

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Fail returns a *[SyntaxError].
func Fail(offset int, err error) error { return &SyntaxError{Offset: offset, Err: err} }
