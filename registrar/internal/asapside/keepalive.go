package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
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
	r.supervision.finishVerification(e)
	r.supervision.noteLife(now, e)
}

// handleReport asks an element at once that a pool user could not reach (RFC 5352, 3.5). It
// removes the element when enough users say so and the element does not answer.
func (r *Registrar) handleReport(now time.Time, assoc step.AssocID, m *asapmsg.EndpointUnreachable) {
	p := r.peers.find(assoc)
	if !p.reports.allow(now, r.config.MaxReportRate) {
		return
	}
	r.counts.FailureReports++
	e := r.hs.Find(m.PoolHandle, m.PEID)
	if e == nil || !r.isOurs(e) || r.isOrphan(e) {
		return // An orphan is asked anyway.
	}
	if r.supervision.addReport(now, e, reporterOf(assoc, p)) {
		r.remove(e, RemovedReports)
	}
}

// expireTimers handles the timers of elements that have expired.
func (r *Registrar) expireTimers(now time.Time) {
	for {
		e, code := r.hs.PopExpired(now)
		if e == nil {
			return
		}
		switch {
		case !r.isOurs(e), r.supervision.isLifeOver(now, e):
			r.remove(e, RemovedLife)
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
