package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
)

// expireTimers handles up to n timers of elements that have expired. An element learns nothing of
// the end of its registration life (ADR 0008, E7).
func (r *Registrar) expireTimers(now time.Time, n int) {
	for range n {
		e, code := r.hs.PopExpired(now)
		if e == nil {
			return
		}
		switch {
		case !r.isOurs(e), r.supervision.isLifeOver(now, e):
			r.remove(e, RemovedLife)
		case !r.isOrphan(e) && !r.supervision.isReachable(e):
			r.removeOrReplace(now, e)
		case code == timerKeepAlive:
			r.supervision.sendKeepAlive(now, e)
		case code == timerReports:
			r.remove(e, RemovedReports)
		default:
			r.abortSilent(e)
			r.remove(e, RemovedKeepAlive)
		}
	}
}

// abortSilent aborts the association of an element that does not acknowledge.
func (r *Registrar) abortSilent(e *handlespace.Element) {
	if assoc := step.AssocID(e.Association()); assoc != 0 {
		r.do(step.Abort{Assoc: assoc, Reason: string(RemovedKeepAlive)})
	} else if a := r.adoptions.byElement[keyOf(e)]; a != nil && a.assoc != 0 {
		r.abortUnused(a.assoc)
	}
}
