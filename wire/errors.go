package wire

import (
	"errors"
	"fmt"
)

// Errors of messages. Decoders wrap them in a [SyntaxError]; encoders return the first
// two directly, with context.
var (
	// ErrTooLong: a length does not fit its 16-bit field.
	ErrTooLong = errors.New("longer than 65535 octets")
	// ErrRange: a value cannot be expressed on the wire.
	ErrRange = errors.New("value out of range")

	// ErrTruncated: the input is shorter than a length in it.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: a length contradicts the content.
	ErrBadLength = errors.New("bad length")
	// ErrMissingParam: a mandatory parameter is absent.
	ErrMissingParam = errors.New("mandatory parameter missing")
	// ErrDuplicateParam: a parameter that may stand once stands again.
	ErrDuplicateParam = errors.New("parameter repeated")
	// ErrBadValue: a field has a value that is not allowed.
	ErrBadValue = errors.New("invalid value")
	// ErrUnknownMessage: the protocol has no message of the type.
	ErrUnknownMessage = errors.New("unknown message type")
)

// A SyntaxError says where a message is damaged. Every decoder of this module returns
// it.
type SyntaxError struct {
	// Offset is where the damage is, in octets from the start of the input.
	Offset int
	// Param is the type of the innermost parameter concerned, 0 if there is none.
	// For [ErrMissingParam] it is the type that is missing.
	Param ParamType
	// TLV is a copy of the parameter concerned, without padding, as far as the
	// input holds it. For [ErrMissingParam] it is the parameter around the missing
	// parameter, and for [ErrUnknownMessage] the message. It is nil if the damage is
	// in no parameter.
	TLV []byte
	// Err is an Err value of this package.
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
// with the parameter concerned. The information is cut to fit into an error message.
func (e *SyntaxError) Cause() ErrorCause {
	c := ErrorCause{Code: CauseInvalidValues, Info: e.TLV[:min(len(e.TLV), maxInfo)]}
	if errors.Is(e.Err, ErrUnknownMessage) {
		c.Code = CauseUnrecognizedMessage
	}
	return c
}

// Reports reports whether the damage is to be reported to its sender. A message of an
// unknown type is reported only if the high bits of the type are 01 (RFC 5354, 4). A
// damaged error message is never answered, even if Reports returns true.
func (e *SyntaxError) Reports() bool {
	if !errors.Is(e.Err, ErrUnknownMessage) {
		return true
	}
	return len(e.TLV) > 0 && Action(e.TLV[0]>>6) == ActionDiscardReport
}
