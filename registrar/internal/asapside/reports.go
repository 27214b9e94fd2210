package asapside

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire/asapmsg"

	"github.com/rserpool-go/rserpool/transport/step"
)

// maxReportGrace is how long an element that enough users report has to acknowledge the
// keep-alive that the first report has led to, at the most: whatever they say, it
// must not be removed while the answer is on its way.
const maxReportGrace = 250 * time.Millisecond

// suspicion is what has been reported of an element since it gave its last sign of life.
type suspicion struct {
	since     time.Time // of the first report; it has been asked by then
	reporters []reporter
}

// reporter is a pool user that has reported an element. All users of a host are one,
// since one can open any number of associations. Users on the registrar's own host are
// told apart: there may be no other hosts, and whoever is on this one is trusted.
type reporter struct {
	// host is the primary address. Further ones may be on many hosts, such as that of a
	// bridge inside each, and those of one network are not one host. It is not
	// valid if no address is known.
	host  netip.Addr
	assoc step.AssocID // 0 if it is on another host
}

func (r *Registrar) newReporter(assoc step.AssocID) reporter {
	p := r.peers[assoc]
	var by reporter
	if len(p.addrs) > 0 {
		by.host = p.addrs[0].Addr().Unmap()
	}
	if p.local {
		by.assoc = assoc
	}
	return by
}

// reported asks an element at once that a pool user could not reach (RFC 5352,
// 3.5), and removes it when enough of them say so and it does not answer. Each host
// counts once, lest one user alone decides.
func (r *Registrar) reported(now time.Time, assoc step.AssocID, m *asapmsg.EndpointUnreachable) {
	if !r.peers[assoc].reports.allow(now, r.config.MaxReportRate) {
		return
	}
	r.counts.FailureReports++
	e := r.hs.Find(m.PoolHandle, m.PEID)
	if e == nil || e.HomeID() != r.config.ID || r.orphaned(e) {
		return // An orphan is being asked anyway, or about to be.
	}
	key := keyOf(e)
	s := r.reports[key]
	if s == nil {
		s = &suspicion{since: now}
		r.reports[key] = s
	}
	by := r.newReporter(assoc)
	if !slices.Contains(s.reporters, by) && len(s.reporters) < r.config.MaxBadReports {
		s.reporters = append(s.reporters, by)
	}
	r.keepAliveNow(now, e)
	if len(s.reporters) < r.config.MaxBadReports || e.Timer() != timerAck {
		return // Not enough, or they have been before.
	}
	end := s.since.Add(min(maxReportGrace, r.config.KeepAliveTimeout/10))
	switch {
	case !now.Before(end):
		r.remove(e, RemovedReports)
	case end.Before(r.hs.Deadline(e)):
		r.hs.SetTimer(e, timerReports, end)
	}
}
