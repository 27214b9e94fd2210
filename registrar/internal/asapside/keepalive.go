package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleKeepAliveAck notes a sign of life, which must come over the association of the
// element itself.
func (r *Registrar) handleKeepAliveAck(now time.Time, assoc step.AssocID, m *asapmsg.EndpointKeepAliveAck) {
	e := r.hs.Find(m.PoolHandle, m.PEID)
	if e == nil || r.finishAdoption(now, e, assoc) || step.AssocID(e.Association()) != assoc {
		return
	}
	r.defend(e)
	r.supervision.finishVerification(e)
	r.supervision.noteLife(now, e)
}
