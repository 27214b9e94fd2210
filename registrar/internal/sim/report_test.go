package sim

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
)

// removal returns after how long a silent element is not in any handlespace any more
// when users, each on a host of its own, notice it earlier than its registrar.
func removal(t *testing.T, seed uint64) time.Duration {
	t.Helper()
	w := settledWorld(t, func(c *Config) {
		c.Seed, c.Elements, c.Pools, c.Users = seed, 3, 1, 60
		c.ASAP.KeepAliveInterval, c.ASAP.KeepAliveTimeout = 30*time.Second, 10*time.Second
		c.Network.Verdict, c.Network.Heartbeat = 2*time.Second, 200*time.Millisecond
	})
	e := w.elements[0]
	// Its registrar's association lasts; only users notice.
	for _, r := range w.registrars {
		for _, h := range r.sides[core.ASAP].all {
			if h.peer.ep == e.asap {
				h.watched = true
			}
		}
	}
	begin := w.Now()
	e.Crash(true)
	known := func() bool {
		for _, r := range w.registrars {
			if r.Handlespace().Find(e.pool, e.id) != nil {
				return true
			}
		}
		return false
	}
	for known() && w.Now()-begin < time.Minute {
		w.Run(10 * time.Millisecond)
	}
	return w.Now() - begin
}

// Users report an element that is silent: it is removed long before its registrar would
// have missed it.
func TestReports(t *testing.T) {
	t.Parallel()
	var sum, most time.Duration
	const seeds = 20
	for seed := uint64(1); seed <= seeds; seed++ {
		took := removal(t, seed)
		sum, most = sum+took, max(most, took)
	}
	t.Logf("mean %v, most %v", sum/seeds, most)
	if most > 3*time.Second {
		t.Errorf("an element is offered for %v", most)
	}
}
