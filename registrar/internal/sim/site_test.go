package sim

import (
	"testing"
	"time"
)

// A registrar falls silent, and many elements of its own with it. Those that take over
// cannot ask all at a time; none may stay much longer than its registration.
func TestSilentSite(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		const interval = 2 * time.Second
		w := settledWorld(t, func(c *Config) {
			p.change(c)
			c.Registrars, c.Elements, c.Interval = 2, 1500, interval
		})
		site := w.registrars[0]
		site.Crash(true)
		var dead []*Element
		for _, e := range w.elements {
			if id, _ := e.machine.Home(); id == site.id {
				e.Crash(true)
				dead = append(dead, e)
			}
		}
		w.Run(p.takeover + 3*interval*3/2)
		left := 0
		for _, e := range dead {
			if w.registrars[1].Handlespace().Find(e.pool, e.id) != nil {
				left++
			}
		}
		if left > 0 || len(dead) < 300 {
			t.Errorf("%s: %d of %d elements that are dead are left", p.name, left, len(dead))
		}
		awaitSettled(t, w, p.takeover)
	}
}
