package core

import "time"

// Averages are the sizes of a registrar, averaged over the time since [New].
type Averages struct {
	Over                                  time.Duration
	Peers, Pools, Elements, OwnedElements float64
}

// size is the sizes of a registrar at a time: peers, pools, elements, owned elements.
type size [4]int

// sizes integrates the sizes of a registrar over time. An event that changes none of them
// costs nothing.
type sizes struct {
	start   time.Time
	since   time.Time // the time since which present holds
	changed bool      // present may be out of date
	present size
	sums    [len(size{})]float64 // the integrals until since, in seconds
}

// add adds the time since the last call.
func (s *sizes) add(now time.Time) {
	for i, n := range s.present {
		s.sums[i] += float64(n) * now.Sub(s.since).Seconds()
	}
	s.since = now
}

// set notes the sizes from now on.
func (s *sizes) set(now time.Time, present size) {
	s.changed = false
	s.add(now)
	s.present = present
}

// averages returns the averages until now.
func (s *sizes) averages(now time.Time) Averages {
	s.add(now)
	over := now.Sub(s.start)
	if over <= 0 {
		return Averages{}
	}
	mean := func(i int) float64 { return s.sums[i] / over.Seconds() }
	return Averages{Over: over, Peers: mean(0), Pools: mean(1), Elements: mean(2), OwnedElements: mean(3)}
}
