package core

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestAverages has no element for 4 s, one for 4 s, two in two pools for 2 s, and none
// for 10 s.
func TestAverages(t *testing.T) {
	t.Parallel()
	start := time.Unix(1e9, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	c := New(Config{
		Elements: asapside.Config{ID: 0xabc, KeepAliveInterval: time.Hour, AnnounceCycle: -1},
		Peers:    enrp.Config{ID: 0xabc},
		Random:   rand.New(rand.NewPCG(1, 2)),
	}, start)
	if got := c.Averages(start); got != (Averages{}) {
		t.Errorf("at the start: %+v", got)
	}
	addrs := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.7:2000")}
	c.Step(start, ASAP, step.Up{Assoc: 7, Peer: addrs})
	register := func(now time.Time, pool wire.PoolHandle) {
		c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, Message: &asapmsg.Registration{PoolHandle: pool, PoolElement: wire.PoolElement{
			ID: 1, RegistrationLife: time.Hour, Policy: wire.Policy{Type: wire.RoundRobin},
			UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 80, Addrs: []netip.Addr{addrs[0].Addr()}},
		}}})
	}
	register(at(4), "p")
	register(at(6), "p") // It changes nothing.
	register(at(8), "q")
	if got, want := c.Averages(at(8)), (Averages{Over: 8 * time.Second, Pools: 0.5, Elements: 0.5, OwnedElements: 0.5}); got != want {
		t.Errorf("after 8 s: %+v, want %+v", got, want)
	}
	c.Step(at(10), ASAP, step.Down{Assoc: 7})
	if got, want := c.Averages(at(20)), (Averages{Over: 20 * time.Second, Pools: 0.4, Elements: 0.4, OwnedElements: 0.4}); got != want {
		t.Errorf("after 20 s: %+v, want %+v", got, want)
	}
}
