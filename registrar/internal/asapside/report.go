package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleReport asks an element at once that a pool user could not reach (RFC 5352, 3.5). It
// removes the element when enough users say so and the element does not answer (ADR 0008, E8).
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
