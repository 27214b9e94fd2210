package registrar_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// gather returns the metrics of a server by their names.
func gather(t *testing.T, server *registrar.Server) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(registrar.NewCollector(server))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) > 0 {
				t.Errorf("%s has labels", f.GetName())
			}
			values[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values
}

func TestMetrics(t *testing.T) {
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
	second := start(t, func(c *registrar.Config) { c.Peers.Peers = [][]netip.AddrPort{first.PeerAddrs()} })
	await(t, 20*time.Second, "the other registrar has all", func() bool { return stats(t, second).Elements == 4 })

	check := func(server *registrar.Server, want map[string]float64) {
		t.Helper()
		got := gather(t, server)
		for name, value := range want {
			if full := "rserpool_registrar_" + name; got[full] != value {
				t.Errorf("%s is %v, want %v", full, got[full], value)
			}
		}
	}
	check(first, map[string]float64{
		"peers": 1, "pools": 2, "elements": 4, "owned_elements": 4,
		"registrations_total": 6, "reregistrations_total": 1, "deregistrations_total": 1, "removals_total": 0,
		"resolutions_total": float64(answered), "refused_resolutions_total": 2, "failure_reports_total": 1, "keep_alives_total": 1,
	})
	check(second, map[string]float64{"peers": 1, "pools": 2, "elements": 4, "owned_elements": 0, "synchronizations_total": 1})
	for name := range gather(t, first) {
		if !strings.HasPrefix(name, "rserpool_registrar_") {
			t.Errorf("metric %s", name)
		}
	}
}

func TestStatsOfAServerThatDoesNotRun(t *testing.T) {
	t.Parallel()
	at := transport.ListenConfig{Addrs: []netip.Addr{loopback}}
	server, err := registrar.New(t.Context(), registrar.Config{Network: udpsctp.NewNetwork(udpsctp.Config{}), ASAP: at, ENRP: at})
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
	if got := gather(t, server); len(got) != 0 {
		t.Errorf("metrics afterwards: %v", got)
	}
}
