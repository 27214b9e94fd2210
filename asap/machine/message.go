package machine

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The events that bring messages of ASAP: over an association, and by multicast.
type (
	Received = step.Received[asapmsg.Message]
	Heard    = step.Heard[asapmsg.Message]
)

// isSkipReport reports whether an error only tells which parameters the peer has skipped.
// The peer has acted on the message, and its answer comes as well.
func isSkipReport(causes []wire.ErrorCause) bool {
	for _, c := range causes {
		if c.Code != wire.CauseUnrecognizedParameter || len(c.Info) < 2 ||
			wire.ParamType(binary.BigEndian.Uint16(c.Info)).Action().Discards() {
			return false
		}
	}
	return len(causes) > 0
}
