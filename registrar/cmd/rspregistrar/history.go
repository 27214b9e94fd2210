package main

import (
	"time"

	"github.com/rserpool-go/rserpool/registrar"
)

// history adds up the statistics of former runs of the registrar. Only a failure test has more
// than a single run.
type history struct {
	totals   totals
	over     time.Duration // length of all runs
	averages averages      // over that time
}

// add adds a run, which ended with the given statistics.
func (h *history) add(s *registrar.Stats) {
	h.totals.add(totalsOf(s))
	over := h.over + s.Averages.Over
	if over <= 0 {
		return
	}
	for i, a := range averagesOf(s) {
		h.averages[i] = (h.averages[i]*h.over.Seconds() + a*s.Averages.Over.Seconds()) / over.Seconds()
	}
	h.over = over
}

// totals are the numbers that only grow, in the order of totalNames.
type totals [8]uint64

// totalNames are RSPLIB's names of the totals.
var totalNames = [len(totals{})]string{
	"Registrations", "Reregistrations", "Deregistrations", "Handle Resolutions",
	"Failure Reports", "Synchronizations", "Handle Updates", "Endpoint Keep Alives",
}

// totalsOf returns the totals among statistics.
func totalsOf(s *registrar.Stats) totals {
	return totals{
		s.ASAP.Registrations, s.ASAP.Reregistrations, s.ASAP.Deregistrations, s.ASAP.Resolutions,
		s.ASAP.FailureReports, s.ENRP.TableRequests, s.ENRP.Updates, s.ASAP.KeepAlives,
	}
}

// add adds the totals of another run.
func (t *totals) add(u totals) {
	for i := range t {
		t[i] += u[i]
	}
}

// averages are the averages of numbers that grow and shrink, in the order of averageNames.
type averages [4]float64

// averageNames are RSPLIB's names of the averages.
var averageNames = [len(averages{})]string{"Pools", "Pool Elements", "Owned Pool Elements", "Peers"}

// averagesOf returns the averages among statistics.
func averagesOf(s *registrar.Stats) averages {
	return averages{s.Averages.Pools, s.Averages.Elements, s.Averages.OwnedElements, s.Averages.Peers}
}
