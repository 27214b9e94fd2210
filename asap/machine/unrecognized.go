package machine

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// unrecognized tells what is to be done about the parameters of a message that its
// decoder did not know: the report that their sender wants, nil if it wants none, and
// whether the rest of the message must not be acted on (RFC 5354, 3).
func unrecognized(m asapmsg.Message) (report *asapmsg.Error, discard bool) {
	u := asapmsg.Unrecognized(m)
	if len(u.Report) > 0 && m.Type() != asapmsg.TypeError {
		report = &asapmsg.Error{Causes: u.Causes()}
	}
	return report, u.Discard
}

// report returns the answer to a message that could not be decoded (RFC 5352,
// 2.2.14), nil if there is to be none (RFC 5354, 4). An error is never answered, lest
// two peers complain to each other for ever.
func (ev Malformed) report() *asapmsg.Error {
	if ev.Type == asapmsg.TypeError || !ev.Err.Reports() {
		return nil
	}
	return &asapmsg.Error{Causes: []wire.ErrorCause{ev.Err.Cause()}}
}

// ignored reports whether an error only tells which parameters the peer has skipped.
// Then the message was acted on, and its answer comes besides.
func ignored(causes []wire.ErrorCause) bool {
	for _, c := range causes {
		if c.Code != wire.CauseUnrecognizedParameter || len(c.Info) < 2 ||
			wire.ParamType(binary.BigEndian.Uint16(c.Info)).Action().Discards() {
			return false
		}
	}
	return len(causes) > 0
}
