package asapside

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// maxReportGrace is the longest time that an element has to acknowledge a keep-alive after
// its first report. Until then it is not removed, however many users report it: the
// acknowledgement may be on its way.
const maxReportGrace = 250 * time.Millisecond

// suspicion holds the reports of an element since its last sign of life.
type suspicion struct {
	since     time.Time // time of the first report, which has led to a keep-alive
	reporters []reporter
}

// add notes a report. Each reporter counts once, and reports beyond a limit need no memory.
func (s *suspicion) add(by reporter, limit int) {
	if len(s.reporters) < limit && !slices.Contains(s.reporters, by) {
		s.reporters = append(s.reporters, by)
	}
}

// graceEnd returns the time from which on the reports suffice without an answer to the
// keep-alive.
func (s *suspicion) graceEnd(keepAliveTimeout time.Duration) time.Time {
	return s.since.Add(min(maxReportGrace, keepAliveTimeout/10))
}

// reporter is a source of reports. All users of a host are a single reporter, since a user
// can open any number of associations. Users on the registrar's own host are trusted, and
// are told apart, since there may be no other hosts.
type reporter struct {
	host  netip.Addr   // see peer.host
	assoc step.AssocID // 0 for a user on another host
}

// reporterOf returns the source of reports of the peer of an association.
func reporterOf(assoc step.AssocID, p *peer) reporter {
	by := reporter{host: p.host()}
	if p.local {
		by.assoc = assoc
	}
	return by
}
