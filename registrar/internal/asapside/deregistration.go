package asapside

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleDeregistration takes an element out (RFC 5352, 3.2). An absent element is out
// already.
func (r *Registrar) handleDeregistration(assoc step.AssocID, m *asapmsg.Deregistration) {
	answer := &asapmsg.DeregistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PEID}
	if e := r.hs.Find(m.PoolHandle, m.PEID); e != nil {
		if r.canReplace(e, assoc) && !r.isHeld(e, assoc) {
			r.remove(e, RemovedDeregistered)
			r.counts.Deregistrations++
		} else {
			// A PE may only deregister itself (RFC 5352, 2.2.2).
			answer.Causes = causes(wire.CauseRejectedSecurity, nil)
		}
	}
	r.send(assoc, answer)
}
