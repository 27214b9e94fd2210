package asapside

import (
	"fmt"
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

// Subscriptions are bounded per association and in all, and however often the pools
// change, each is told no more often than agreed.
func TestRegistrarSubscriptionFlood(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	at := netip.MustParseAddrPort("10.0.0.1:2000")
	w.up[1] = at
	w.Feed(step.Up{Assoc: 1, Peer: []netip.AddrPort{at}})
	const pools = 2 * maxSubscriptions
	change := func(port int) {
		for i := range pools {
			m := registration(wire.PoolHandle(fmt.Sprint("pool ", i)), 1, netip.AddrPortFrom(at.Addr(), uint16(port)))
			w.Feed(received{Assoc: 1, Message: m})
		}
	}
	change(1)
	const users = 2 * maxAllSubscriptions / maxSubscriptions
	for i := range users {
		assoc := step.AssocID(2 + i)
		w.Feed(step.Up{Assoc: assoc, Peer: []netip.AddrPort{at}})
		for j := range pools {
			m := &asapmsg.HandleResolution{PoolHandle: wire.PoolHandle(fmt.Sprint("pool ", j)), Subscribe: true}
			w.Feed(received{Assoc: assoc, Message: m})
		}
	}
	if n := w.registrar.subscriptions.number; n != maxAllSubscriptions {
		t.Errorf("%d subscriptions", n)
	}
	if n := len(w.registrar.subscriptions.byAssoc[2]); n != maxSubscriptions {
		t.Errorf("%d subscriptions of an association", n)
	}
	clear(w.sent)
	const rounds, pause = 100, 10 * time.Millisecond
	for i := range rounds {
		change(2 + i)
		w.Pass(pause)
	}
	updates := 0
	for assoc, n := range w.sent {
		if assoc != 1 {
			updates += n
		}
	}
	// The updates of the last round take their time afterwards.
	if most := int(rounds*pause/updateCost) + maxAllSubscriptions; updates < maxAllSubscriptions || updates > most {
		t.Errorf("%d updates, want %d to %d", updates, maxAllSubscriptions, most)
	}
}
