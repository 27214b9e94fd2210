package sim

import (
	"fmt"
	"testing"
	"time"
)

// A registrar stands still for longer than others wait, as one that is stopped by a signal:
// its associations stay up all the while, or are given up. It is taken over. When it goes
// on, nobody misses an element that lives, and those that have died meanwhile do not come
// back for longer than it takes to ask them.
func TestLongPause(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for _, verdict := range []time.Duration{0, time.Hour} {
			for _, registrars := range []int{2, 3} {
				t.Run(fmt.Sprintf("%s, verdict %v, %d", p.name, verdict, registrars), func(t *testing.T) {
					t.Parallel()
					w := settledWorld(t, func(c *Config) {
						p.change(c)
						c.Seed = 11
						c.Registrars = registrars
						c.StaticRegistrars = true
						c.Users = 6
					})
					if verdict != 0 {
						w.config.Network.Verdict = verdict
					}
					paused := w.registrars[0]
					paused.Pause(5 * p.takeover)
					w.Run(4 * p.takeover)
					dead := w.elements[:5]
					for _, e := range dead {
						e.Crash(false)
					}
					w.Run(p.takeover + time.Second)
					settled := func(d time.Duration) {
						for end := w.Now() + d; w.Now() < end; w.Run(10 * time.Millisecond) {
							for _, r := range w.registrars {
								for _, e := range w.elements[5:] {
									if r.Handlespace().Find(e.pool, e.id) == nil {
										t.Fatalf("%v: %s misses %s", w.Now(), r.host.name, e.host.name)
									}
								}
							}
						}
					}
					settled(2 * p.takeover)
					awaitSettled(t, w, 2*p.takeover)
					settled(5 * p.takeover)
				})
			}
		}
	}
}
