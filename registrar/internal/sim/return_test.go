package sim

import (
	"slices"
	"testing"
	"time"
)

// comeBack has the home of all elements begin anew after a time, while the other
// registrars that they know are out of reach. It returns how long each element takes to
// find it, and how many do so within a tenth of a second at most.
func comeBack(t *testing.T, seed uint64, registrars int, static bool, down time.Duration) (took []time.Duration, peak int) {
	t.Helper()
	w := settledWorld(t, func(c *Config) {
		c.Seed, c.Registrars, c.Elements, c.StaticRegistrars = seed, registrars, 100, static
	})
	home := w.registrars[0]
	for _, r := range w.registrars[1:] {
		r.Crash(true)
	}
	w.Run(time.Minute)
	home.Crash(false)
	w.Run(down)
	home.Start()
	begin := w.Now()
	back := make(map[*Element]bool)
	for len(back) < len(w.elements) && w.Now()-begin < time.Minute {
		before := len(back)
		for range 10 {
			w.Run(10 * time.Millisecond)
			for _, e := range w.elements {
				if home.Handlespace().Find(e.pool, e.id) != nil && !back[e] {
					back[e] = true
					took = append(took, w.Now()-begin)
				}
			}
		}
		peak = max(peak, len(back)-before)
	}
	slices.Sort(took)
	return took, peak
}

// The home registrar begins anew: its elements are soon back, whoever else does not
// answer, and not all at the same time.
func TestReturn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		registrars int
		static     bool
		within     time.Duration
	}{
		{1, true, 3 * time.Second},
		{2, true, 3 * time.Second},
		{4, true, 3 * time.Second},
		{8, true, 8 * time.Second}, // More than can be tried at a time.
		{1, false, 2 * time.Second},
		{4, false, 2 * time.Second},
	} {
		var took []time.Duration
		most := 0
		for seed := uint64(1); seed <= 5; seed++ {
			part, peak := comeBack(t, seed, c.registrars, c.static, 200*time.Millisecond+time.Duration(seed)*300*time.Millisecond)
			took = append(took, part...)
			most = max(most, peak)
		}
		slices.Sort(took)
		n := len(took)
		t.Logf("%+v: median %v, 99 %% %v, all %v; %d in 100 ms", c, took[n/2], took[n*99/100], took[n-1], most)
		if n != 500 || took[n-1] > c.within || most > 30 {
			t.Errorf("%+v: %d elements are back, the last after %v; %d in 100 ms", c, n, took[n-1], most)
		}
	}
}
