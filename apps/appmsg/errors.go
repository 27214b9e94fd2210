package appmsg

import (
	"errors"
	"fmt"
)

// Errors of messages. Decoders wrap them in a [SyntaxError]; encoders return the first two with
// context.
var (
	// ErrTooLong: a message or one of its fields does not fit.
	ErrTooLong = errors.New("too long")
	// ErrRange: a value cannot be expressed on the wire.
	ErrRange = errors.New("value out of range")

	// ErrTruncated: the input is shorter than its length field.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: a length contradicts the content.
	ErrBadLength = errors.New("bad length")
	// ErrBadValue: a field has a forbidden value.
	ErrBadValue = errors.New("invalid value")
	// ErrUnknownMessage: the protocol has no such message type.
	ErrUnknownMessage = errors.New("unknown message type")
)

// A SyntaxError is the place of a damage in a message or a cookie.
type SyntaxError struct {
	// Offset is the place of the damage, in octets from the start of the input.
	Offset int
	// Err is an Err value of this package.
	Err error
}

// Error returns the damage and the offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %v", e.Offset, e.Err) }

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Fail returns a *[SyntaxError].
func Fail(offset int, err error) error { return &SyntaxError{Offset: offset, Err: err} }
