package core

import (
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// Averages are what a registrar has had, on average over the time that it has been there.
type Averages struct {
	Over                                  time.Duration
	Peers, Pools, Elements, OwnedElements float64
}

// sizes adds up what a registrar has over time. Nothing is to be done for an event that
// changes none of it.
type sizes struct {
	id      wire.ServerID // the registrar
	start   time.Time
	since   time.Time // when the present ones began to hold
	changed bool      // the present ones may not hold any more
	present [4]int    // peers, pools, elements, owned elements
	sums    [4]float64
}

// add adds what has come together until now.
func (s *sizes) add(now time.Time) {
	for i, n := range s.present {
		s.sums[i] += float64(n) * now.Sub(s.since).Seconds()
	}
	s.since = now
}

// measure notes the sizes if they may have changed.
func (c *Core) measure(now time.Time) {
	if !c.sizes.changed {
		return
	}
	c.sizes.changed = false
	c.sizes.add(now)
	c.sizes.present = [4]int{c.enrp.NumPeers(), c.hs.NumPools(), c.hs.Len(), c.hs.Owned(c.sizes.id)}
}

// Averages returns the averages until now.
func (c *Core) Averages(now time.Time) Averages {
	c.sizes.add(now)
	over := now.Sub(c.sizes.start)
	if over <= 0 {
		return Averages{}
	}
	mean := func(i int) float64 { return c.sizes.sums[i] / over.Seconds() }
	return Averages{Over: over, Peers: mean(0), Pools: mean(1), Elements: mean(2), OwnedElements: mean(3)}
}
