package wire

import (
	"errors"
	"fmt"
)

// What can be wrong with a message. Decoders wrap these in a [SyntaxError];
// encoders return the first two as they are, with context.
var (
	// ErrTooLong: a length does not fit its 16-bit field.
	ErrTooLong = errors.New("longer than 65535 octets")
	// ErrRange: a value cannot be expressed on the wire.
	ErrRange = errors.New("value out of range")

	// ErrTruncated: the input ends before what it announces.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: a length contradicts what it is the length of.
	ErrBadLength = errors.New("bad length")
	// ErrMissingParam: a mandatory parameter is absent.
	ErrMissingParam = errors.New("mandatory parameter missing")
	// ErrDuplicateParam: a parameter that may stand once stands again.
	ErrDuplicateParam = errors.New("parameter repeated")
	// ErrBadValue: a field has a value that it must not have.
	ErrBadValue = errors.New("invalid value")
	// ErrUnknownMessage: the message type is not one of the protocol's.
	ErrUnknownMessage = errors.New("unknown message type")
)

// A SyntaxError says where a message is damaged. It is what every decoder of this
// module returns.
type SyntaxError struct {
	// Offset is where the damage is, in octets from the start of the input.
	Offset int
	// Param is the type of the innermost parameter concerned, 0 if there is none.
	// For [ErrMissingParam] it is the missing one.
	Param ParamType
	// TLV is a copy of the parameter concerned, without padding, as far as the
	// input holds it: for [ErrMissingParam] of the one that lacks it, and for
	// [ErrUnknownMessage] of the message. It is nil if the message itself is
	// concerned.
	TLV []byte
	// Err is one of the Err values of this package.
	Err error
}

// Error returns the damage, the parameter and the offset.
func (e *SyntaxError) Error() string {
	if e.Param == 0 {
		return fmt.Sprintf("wire: offset %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("wire: offset %d: %v: %v", e.Offset, e.Param, e.Err)
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// Cause returns the error cause by which RFC 5354, 3.12, reports the damage:
// Unrecognized Message with the message for an unknown type, else Invalid Values
// with the parameter concerned. What is too long for an error message is cut.
func (e *SyntaxError) Cause() ErrorCause {
	c := ErrorCause{Code: CauseInvalidValues, Info: e.TLV[:min(len(e.TLV), maxInfo)]}
	if errors.Is(e.Err, ErrUnknownMessage) {
		c.Code = CauseUnrecognizedMessage
	}
	return c
}

// Reports reports whether the damage is to be reported to its sender at all: always,
// but for a message of an unknown type only if the high bits of the type are 01
// (RFC 5354, 4). A damaged error message is not to be answered, whatever Reports
// returns.
func (e *SyntaxError) Reports() bool {
	if !errors.Is(e.Err, ErrUnknownMessage) {
		return true
	}
	return len(e.TLV) > 0 && Action(e.TLV[0]>>6) == ActionDiscardReport
}
