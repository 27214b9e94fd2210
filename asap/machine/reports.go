package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
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

// reporter is a pool user that has reported an element.
type reporter struct {
	assoc AssocID
	hosts []netip.Addr
	local bool
}

// same reports whether two reporters count once. All users of a host do, since one
// can open any number of associations. Users on the registrar's own host are told apart:
// there may be no other hosts, and whoever is on this one is trusted.
func (a reporter) same(b reporter) bool {
	if a.local || b.local {
		return a.assoc == b.assoc
	}
	return slices.ContainsFunc(a.hosts, func(h netip.Addr) bool { return slices.Contains(b.hosts, h) })
}

// newReporter returns who is at the other end of an association. A host with IPv6 may
// have any address of its network.
func (r *Registrar) newReporter(assoc AssocID) reporter {
	p := r.peers[assoc]
	out := reporter{assoc: assoc, hosts: hosts(p.addrs), local: p.local}
	for i, addr := range out.hosts {
		if addr.Is6() {
			network, _ := addr.WithZone("").Prefix(64) // An IPv6 address has so many bits.
			out.hosts[i] = network.Addr()
		}
	}
	return out
}

// reported asks an element at once that a pool user could not reach (RFC 5352,
// 3.5), and removes it when enough of them say so and it does not answer. Each host
// counts once, lest one user alone decides.
func (r *Registrar) reported(now time.Time, assoc AssocID, m *asapmsg.EndpointUnreachable) {
	if !r.peers[assoc].reports.allow(now, r.config.MaxReportRate) {
		return
	}
	r.counts.FailureReports++
	e := r.hs.Find(m.PoolHandle, m.PEID)
	if e == nil || e.HomeID() != r.config.ID {
		return
	}
	key := keyOf(e)
	s := r.reports[key]
	if s == nil {
		s = &suspicion{since: now}
		r.reports[key] = s
	}
	by := r.newReporter(assoc)
	if !slices.ContainsFunc(s.reporters, by.same) && len(s.reporters) < r.config.MaxBadReports {
		s.reporters = append(s.reporters, by)
	}
	r.keepAliveNow(now, e)
	if len(s.reporters) < r.config.MaxBadReports || e.Timer() != timerAck {
		return // Not enough, or not asked: then it is about to be.
	}
	end := s.since.Add(min(maxReportGrace, r.config.KeepAliveTimeout/10))
	switch {
	case !now.Before(end):
		r.remove(e, RemovedReports)
	case end.Before(r.hs.Deadline(e)):
		r.hs.SetTimer(e, timerReports, end)
	}
}
