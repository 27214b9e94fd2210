package sim

import (
	"testing"
	"time"
)

// A registrar starts with the identifier of another one. Both notice; nothing moves, and
// no element is lost where it is at home or at the third registrar.
func TestSameIdentifier(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for _, static := range []bool{false, true} {
			w := settledWorld(t, func(c *Config) {
				p.change(c)
				c.StaticRegistrars, c.StaticPeers = true, static
			})
			first, second, third := w.registrars[0], w.registrars[1], w.registrars[2]
			second.Crash(false)
			awaitSettled(t, w, 2*p.takeover)
			second.id = first.id
			second.Start()
			w.Run(time.Second)
			for end := w.Now() + 3*time.Minute; w.Now() < end; w.Run(100 * time.Millisecond) {
				w.recount()
				if n, m := first.Handlespace().Len(), third.Handlespace().Len(); n != len(w.elements) || m != n {
					t.Fatalf("%s, %v: the first registrar has %d elements, the third %d", p.name, w.Now(), n, m)
				}
			}
			if v := w.Violations(); len(v) > 0 {
				t.Fatal(v)
			}
			for _, r := range w.registrars {
				if n := r.core.ENRP().Counts().Duplicates; (n > 0) != (r != third) {
					t.Errorf("%s: %s has heard %d duplicates", p.name, r.host.name, n)
				}
			}
			// With another identifier all is well.
			second.Crash(false)
			second.NewID()
			second.Start()
			awaitSettled(t, w, 2*p.takeover)
		}
	}
}
