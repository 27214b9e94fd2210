package asapmsg

import (
	"errors"

	"github.com/rserpool-go/rserpool/wire"
)

// ReportUnrecognized returns the report that the sender of a message wants about
// parameters that [Parse] did not recognize, nil if it wants none, and whether the rest of
// the message must not be acted on (RFC 5354, 3). An error is never answered by another,
// or two peers could complain to each other for ever.
func ReportUnrecognized(m Message) (report *Error, discard bool) {
	u := Unrecognized(m)
	if len(u.Report) > 0 && m.Type() != TypeError {
		report = &Error{Causes: u.Causes()}
	}
	return report, u.Discard
}

// ReportMalformed returns the answer to octets that [Parse] could not decode (RFC 5352,
// 2.2.14), nil if there is to be none (RFC 5354, 4).
func ReportMalformed(data []byte, err error) *Error {
	var syntax *wire.SyntaxError
	if !errors.As(err, &syntax) || len(data) == 0 || Type(data[0]) == TypeError || !syntax.Reports() {
		return nil
	}
	return &Error{Causes: []wire.ErrorCause{syntax.Cause()}}
}
