package main

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	n, err := asap.NewNode(t.Context(), asap.Config{
		Network:    memnet.New(memnet.Config{}).Host(),
		Registrars: [][]netip.AddrPort{{netip.MustParseAddrPort("192.0.2.99:3863")}},
		NoAnnounce: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	lost := newLostHome()
	defer func() {
		closing, cancel := lost.limit(t.Context())
		defer cancel()
		_ = n.Close(closing) // There is nobody to deregister at.
	}()
	l, err := n.Listen(t.Context(), "p", asap.ListenConfig{Patient: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		policy   wire.PolicyType
		id       cli.ID
		workload csp.Workload
	}{
		{wire.RoundRobin, 0, csp.WorkloadUnknown},
		{wire.LeastUsed, 7, 0},
	} {
		var s elementStatus
		p := program{Identifier: c.id, Policy: policy{wire.Policy{Type: c.policy}}}
		if e := p.status(&s); e.ID != wire.PEID(c.id) || len(e.Addrs) != 0 || e.Sessions != 0 || e.Workload != c.workload {
			t.Errorf("%v before the registration: %+v", c.policy, e)
		}
		s.listener.Store(l)
		if e := p.status(&s); e.ID != l.ID() || len(e.Addrs) == 0 {
			t.Errorf("%v with a listener: %+v", c.policy, e)
		}
	}
}
