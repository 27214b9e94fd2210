package registrar_test

import (
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

var joinElements = flag.Int("join", 100_000, "how many elements a registrar that joins has to get")

// A new registrar gets the table of another one while both go on to answer.
func TestJoining(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const perPool = 100
	n := *joinElements
	supervised := func(c *registrar.Config) {
		c.Elements.KeepAliveInterval = time.Hour
		c.Elements.MaxElementsPerAssociation, c.Elements.MaxElementsPerHost = n, n
		c.Peers.MaxElementsPerPeer = n
	}
	first := start(t, supervised)
	begin := time.Now()
	fill(t, asASAP(t, first), n, perPool)
	took := time.Since(begin)
	t.Logf("%d registrations in %v (%.0f/s)", n, took.Round(time.Millisecond), float64(n)/took.Seconds())

	old := startAsking(t, first, n/perPool)
	begin = time.Now()
	second := start(t, func(c *registrar.Config) {
		supervised(c)
		c.Peers.Static = [][]netip.AddrPort{first.ENRPAddrs()}
	})
	young := startAsking(t, second, n/perPool)
	await(t, 3*time.Minute, "the new registrar has the table", func() bool { return stats(t, second).Elements == n })
	took = time.Since(begin)
	t.Logf("%d elements reached the new registrar in %v (%.0f/s)", n, took.Round(time.Millisecond), float64(n)/took.Seconds())
	t.Logf("meanwhile the old registrar answered %v", old.stop())
	t.Logf("meanwhile the new registrar answered %v", young.stop())
	if a, b := stats(t, first), stats(t, second); a.Pools != b.Pools {
		t.Errorf("%d pools at the one, %d at the other", a.Pools, b.Pools)
	}
}

// fill registers elements over one association, as fast as the registrar takes them.
func fill(t *testing.T, l *link, n, perPool int) {
	t.Helper()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for i := range n {
			if err := l.send(encode(t, l.registration(poolName(i/perPool), wire.PEID(1+i)))); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range n {
		if r := next[*asapmsg.RegistrationResponse](l); r.Reject {
			t.Fatalf("element %v refused: %v", r.PEID, r.Causes)
		}
	}
}

// asking is a user that asks a registrar without end.
type asking struct {
	end  chan struct{}
	done sync.WaitGroup

	latencies []time.Duration
	unknown   int // how often the pool was not known
}

func startAsking(t *testing.T, server *registrar.Server, pools int) *asking {
	a := &asking{end: make(chan struct{})}
	l := asASAP(t, server)
	a.done.Go(func() {
		ticker := time.NewTicker(500 * time.Microsecond)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-a.end:
				return
			case <-ticker.C:
			}
			begin := time.Now()
			data := encode(t, &asapmsg.HandleResolution{PoolHandle: poolName(i * 7919 % pools)})
			if err := l.send(data); err != nil {
				t.Error(err)
				return
			}
			data, err := l.receive()
			if err != nil {
				t.Error(err)
				return
			}
			a.latencies = append(a.latencies, time.Since(begin))
			if m, _ := asapmsg.Parse(data); len(m.(*asapmsg.HandleResolutionResponse).Causes) > 0 {
				a.unknown++
			}
		}
	})
	return a
}

// summary says how a registrar answered.
type summary struct {
	n, unknown    int
	p50, p99, max time.Duration
}

func (s summary) String() string {
	return fmt.Sprintf("%d resolutions (%d of pools that it did not know yet), p50 %v, p99 %v, max %v",
		s.n, s.unknown, s.p50.Round(time.Microsecond), s.p99.Round(time.Microsecond), s.max.Round(time.Microsecond))
}

// stop ends the asking.
func (a *asking) stop() summary {
	close(a.end)
	a.done.Wait()
	if len(a.latencies) == 0 {
		return summary{}
	}
	slices.Sort(a.latencies)
	n := len(a.latencies)
	return summary{n, a.unknown, a.latencies[n/2], a.latencies[n*99/100], a.latencies[n-1]}
}
