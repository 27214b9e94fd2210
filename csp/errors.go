package csp

import (
	"errors"
	"fmt"
)

// What can be wrong with a report. [Parse] wraps these in a [SyntaxError];
// [Report.AppendBinary] returns the first two with context.
var (
	// ErrTooLong: a text or the list of associations does not fit.
	ErrTooLong = errors.New("too long")
	// ErrRange: a value cannot be expressed, on the wire or in its Go type.
	ErrRange = errors.New("value out of range")

	// ErrTruncated: the input ends before what it announces.
	ErrTruncated = errors.New("truncated")
	// ErrBadLength: the input is longer than what it announces.
	ErrBadLength = errors.New("bad length")
	// ErrUnknownMessage: the message is not a report.
	ErrUnknownMessage = errors.New("unknown message type")
	// ErrUnknownVersion: the version is not [Version].
	ErrUnknownVersion = errors.New("unknown version")
)

// A SyntaxError says where a report is damaged.
type SyntaxError struct {
	// Offset is where the damage is, in octets from the start of the input.
	Offset int
	// Err is one of the Err values of this package.
	Err error
}

// Error returns the damage and the offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("csp: offset %d: %v", e.Offset, e.Err) }

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }
