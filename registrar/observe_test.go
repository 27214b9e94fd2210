package registrar_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func TestStats(t *testing.T) {
	t.Parallel()
	first := start(t, func(c *registrar.Config) {
		c.Elements.MaxResolutionRate = 3
		c.Elements.KeepAliveInterval = time.Hour // Nobody answers them.
		c.Elements.KeepAliveTimeout = time.Hour
	})
	l := asASAP(t, first)
	for id := range wire.PEID(4) {
		l.register("p", 1+id)
	}
	l.register("p", 1)
	l.register("q", 1)
	ask[*asapmsg.DeregistrationResponse](l, &asapmsg.Deregistration{PoolHandle: "p", PEID: 4})
	// How many are answered in between depends on the machine.
	answered, refused := 0, 0
	for refused < 2 {
		if r := l.resolve("p"); len(r.Causes) > 0 {
			refused++
		} else {
			answered++
		}
	}
	if answered < 3 {
		t.Errorf("%d resolutions are answered", answered)
	}
	l.tell(&asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 1})
	next[*asapmsg.EndpointKeepAlive](l)
	second := start(t, func(c *registrar.Config) { c.Peers.Static = [][]netip.AddrPort{first.ENRPAddrs()} })
	await(t, 20*time.Second, "the other registrar has all", func() bool { return stats(t, second).Elements == 4 })

	got := stats(t, first)
	want := registrar.ASAPCounts{
		Registrations: 6, Reregistrations: 1, Deregistrations: 1,
		Resolutions: uint64(answered), RefusedResolutions: 2, FailureReports: 1, KeepAlives: 1,
	}
	if got.ASAP != want || got.Peers != 1 || got.Pools != 2 || got.Elements != 4 || got.OwnedElements != 4 {
		t.Errorf("first registrar: %+v", got)
	}
	got = stats(t, second)
	if got.ENRP.Synchronizations != 1 || got.Peers != 1 || got.Pools != 2 || got.Elements != 4 || got.OwnedElements != 0 {
		t.Errorf("second registrar: %+v", got)
	}
}

func TestStatsOfAServerThatDoesNotRun(t *testing.T) {
	t.Parallel()
	server, err := registrar.New(t.Context(), registrartest.Loopback())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := server.Stats(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("before: %v", err)
	}
	if err := server.Run(ended); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Stats(t.Context()); !errors.Is(err, registrar.ErrNotRunning) {
		t.Errorf("afterwards: %v", err)
	}
}
