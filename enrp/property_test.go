package enrp

import (
	"math/rand/v2"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// Whatever events come in whatever order, every action and the invariants hold. When all
// associations have ended, nothing is left of peers but the configuration, and all elements
// are ours.
func TestRandomEvents(t *testing.T) {
	var sum Counts
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newWorld(t, random)
		w.octets = mutate
		for range 400 {
			w.act()
		}
		w.end()
		m := w.machine
		for _, p := range m.peers.all {
			if p.configured == nil || p.id != 0 {
				t.Errorf("peer %+v is left", p)
			}
		}
		if len(m.assocs.byID)+len(m.contacts.dials)+len(m.claims.pending)+len(w.peers) != 0 || m.startup.mentor != nil {
			t.Errorf("%d associations, %d dials, %d claims, %d peers, mentor %v", len(m.assocs.byID), len(m.contacts.dials),
				len(m.claims.pending), len(w.peers), m.startup.mentor)
		}
		if w.hs.Owned(self) != w.hs.Len() {
			t.Errorf("%d of %d elements are ours", w.hs.Owned(self), w.hs.Len())
		}
		c := m.Counts()
		sum.TableRequests += c.TableRequests
		sum.Updates += c.Updates
		sum.Synchronizations += c.Synchronizations
		sum.ElementsTakenOver += c.ElementsTakenOver
		sum.Duplicates += c.Duplicates
		if !m.Ready() || len(m.leaving.elements) != 0 {
			t.Errorf("ready %v, %d elements are not handed over", m.Ready(), len(m.leaving.elements))
		}
	})
	if min(sum.TableRequests, sum.Updates, sum.Synchronizations, sum.ElementsTakenOver, sum.Duplicates) < 50 {
		t.Errorf("the events do not lead far: %+v", sum)
	}
}
