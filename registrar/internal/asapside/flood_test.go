package asapside

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// However many users report an element, a single keep-alive asks it, and the memory of the
// reports is bounded.
func TestRegistrarReportFlood(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	w.registrar.config.MaxBadReports = 1 << 20
	at := netip.MustParseAddrPort("10.0.0.1:2000")
	w.up[1] = at
	w.Feed(step.Up{Assoc: 1, Peer: []netip.AddrPort{at}})
	w.Feed(received{Assoc: 1, Message: registration("p", 1, at)})
	asked := w.sent[1]
	w.Feed(step.Up{Assoc: 2, Peer: []netip.AddrPort{at}})
	for range 10_000 {
		w.Feed(received{Assoc: 2, Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 1}})
		w.Feed(received{Assoc: 2, Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 2}})
	}
	if n := w.sent[1] - asked; n != 1 {
		t.Errorf("the element was asked %d times", n)
	}
	if n := len(w.registrar.supervision.reports[elementKey{"p", 1}].reporters); n != 1 {
		t.Errorf("%d reports of one user are kept", n)
	}
	if n := len(w.registrar.supervision.reports); n != 1 {
		t.Errorf("reports of %d elements are kept", n)
	}
}

// Thousands of associations come and go with their elements, and nothing is left.
func TestRegistrarManyAssociations(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	for round := range 3 {
		for i := range 5000 {
			assoc := step.AssocID(round*5000 + i + 1)
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 2000)
			w.up[assoc] = at
			w.Feed(step.Up{Assoc: assoc, Peer: []netip.AddrPort{at}})
			w.Feed(received{Assoc: assoc, Message: registration("p", wire.PEID(i+1), at)})
		}
		if n := w.hs.Len(); n != 5000 {
			t.Fatalf("%d elements", n)
		}
		w.Pass(time.Second)
		for i := range 5000 {
			w.Feed(step.Down{Assoc: step.AssocID(round*5000 + i + 1)})
		}
		if w.hs.Len() != 0 || len(w.registrar.peers.byAssoc) != 0 {
			t.Fatalf("%d elements and %d peers are left", w.hs.Len(), len(w.registrar.peers.byAssoc))
		}
		if d := w.registrar.Deadline(); !d.IsZero() {
			t.Errorf("deadline %v without elements", d)
		}
	}
}
