package main

import (
	"testing"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

func TestStatusReport(t *testing.T) {
	for _, c := range []struct {
		stats registrar.Stats
		want  string
	}{
		{registrar.Stats{}, "0[0] PEs in 0 Pools, 0 Peers"},
		{registrar.Stats{Elements: 3, OwnedElements: 2, Pools: 1, Peers: 1, PeerIDs: []wire.ServerID{0x55667788}}, "3[2] PEs in 1 Pool, 1 Peer"},
	} {
		r := newStatusReport(7, &c.stats)
		if r.Status != c.want || r.SenderID != csp.NewComponentID(csp.GroupRegistrar, 7) || r.Workload != csp.WorkloadUnknown {
			t.Errorf("got %+v, want status %q", r, c.want)
		}
		if len(r.Associations) != len(c.stats.PeerIDs) {
			t.Fatalf("%d associations for %d peers", len(r.Associations), len(c.stats.PeerIDs))
		}
		for i, a := range r.Associations {
			if a.ReceiverID != csp.NewComponentID(csp.GroupRegistrar, uint64(c.stats.PeerIDs[i])) || a.PPID != 12 || a.Protocol != 132 {
				t.Errorf("association %+v", a)
			}
		}
	}
}
