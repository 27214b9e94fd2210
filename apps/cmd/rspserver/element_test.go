package main

import (
	"testing"

	"github.com/rserpool-go/rserpool/apps/internal/service"
	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	n, err := asap.Open(t.Context(), asap.Config{
		Network:    memnet.New(memnet.Config{}).Host(),
		Registrars: []string{"192.0.2.99:3863"},
		Announce:   transport.GroupConfig{Off: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close() //nolint:errcheck // There is no registrar for the deregistration.
	l, err := n.Listen(t.Context(), "p", &asap.ListenConfig{Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policy   wire.PolicyType
		id       wire.PEID
		workload csp.Workload
	}{
		{wire.RoundRobin, 0, csp.WorkloadUnknown},
		{wire.LeastUsed, 7, 0},
	} {
		e := element{service: service.Echo(), id: c.id, policy: wire.Policy{Type: c.policy}}
		if s := e.status(); s.ID != c.id || len(s.Addrs) != 0 || s.Sessions != 0 || s.Workload != c.workload {
			t.Errorf("%v before the registration: %+v", c.policy, s)
		}
		e.listener.Store(l)
		if s := e.status(); s.ID != l.ID() || len(s.Addrs) == 0 {
			t.Errorf("%v with a listener: %+v", c.policy, s)
		}
	}
}
