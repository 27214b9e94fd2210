package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

type registrarWorld struct {
	*driver
	registrar *Registrar
	hs        *handlespace.Handlespace
	up        map[AssocID]bool
	sent      map[AssocID]int
}

func newRegistrarWorld(t *testing.T, random *rand.Rand) *registrarWorld {
	hs := handlespace.New(handlespace.Config{Rand: random})
	w := &registrarWorld{
		registrar: NewRegistrar(RegistrarConfig{ID: 0xabc}, hs, random),
		hs:        hs,
		up:        make(map[AssocID]bool),
		sent:      make(map[AssocID]int),
	}
	w.driver = &driver{t: t, random: random, now: epoch, step: w.registrar.Step, deadline: w.registrar.Deadline, act: w.act}
	return w
}

func (w *registrarWorld) act(a Action) {
	switch a := a.(type) {
	case Send:
		encodes(w.t, a.Message)
		w.sent[a.Assoc]++
	case ElementRegistered:
		if !w.up[a.Assoc] {
			w.t.Errorf("element registered by %d, which is not up", a.Assoc)
		}
	}
}

func (w *registrarWorld) event() Event {
	assoc := AssocID(1 + w.random.IntN(5))
	switch w.random.IntN(8) {
	case 0:
		w.up[assoc] = true
		return AssociationUp{Assoc: assoc, Peer: []netip.AddrPort{randomAddr(w.random)}}
	case 1:
		delete(w.up, assoc)
		return AssociationDown{Assoc: assoc}
	case 2:
		return malformedMessage(w.random)
	case 3:
		return Received{Assoc: assoc, Message: &asapmsg.EndpointUnreachable{PoolHandle: randomPool(w.random), PEID: randomID(w.random)}}
	}
	return Received{Assoc: assoc, Message: randomMessage(w.random), RTT: time.Duration(w.random.IntN(500)) * time.Millisecond}
}

func TestRegistrarRandomEvents(t *testing.T) {
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := newRegistrarWorld(t, random)
		w.feed(Open{})
		w.drive(500, w.event)
		if len(w.registrar.reports) > w.hs.Len() {
			t.Errorf("reports of %d elements, but there are %d", len(w.registrar.reports), w.hs.Len())
		}
		for assoc := range w.up {
			w.feed(AssociationDown{Assoc: assoc})
		}
		if w.hs.Len() != 0 || len(w.registrar.reports) != 0 || len(w.registrar.peers) != 0 {
			t.Errorf("%d elements, %d reports and %d peers are left when all associations are down",
				w.hs.Len(), len(w.registrar.reports), len(w.registrar.peers))
		}
	})
}

// However many users report an element, it is asked once, and what is kept of the
// reports is bounded.
func TestRegistrarReportFlood(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	w.registrar.config.MaxBadReports = 1 << 20
	at := netip.MustParseAddrPort("10.0.0.1:2000")
	w.up[1] = true
	w.feed(AssociationUp{Assoc: 1, Peer: []netip.AddrPort{at}})
	w.feed(Received{Assoc: 1, Message: registration("p", 1, at)})
	asked := w.sent[1]
	w.feed(AssociationUp{Assoc: 2, Peer: []netip.AddrPort{at}})
	for range 10_000 {
		w.feed(Received{Assoc: 2, Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 1}})
		w.feed(Received{Assoc: 2, Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 2}})
	}
	if n := w.sent[1] - asked; n != 1 {
		t.Errorf("the element was asked %d times", n)
	}
	if n := len(w.registrar.reports[elementKey{"p", 1}]); n != 1 {
		t.Errorf("%d reports of one user are kept", n)
	}
	if n := len(w.registrar.reports); n != 1 {
		t.Errorf("reports of %d elements are kept", n)
	}
}

// Thousands of associations come and go with their elements, and nothing is left.
func TestRegistrarManyAssociations(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	for round := range 3 {
		for i := range 5000 {
			assoc := AssocID(round*5000 + i + 1)
			at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 2000)
			w.up[assoc] = true
			w.feed(AssociationUp{Assoc: assoc, Peer: []netip.AddrPort{at}})
			w.feed(Received{Assoc: assoc, Message: registration("p", wire.PEID(i+1), at)})
		}
		if n := w.hs.Len(); n != 5000 {
			t.Fatalf("%d elements", n)
		}
		w.pass(time.Second)
		for i := range 5000 {
			w.feed(AssociationDown{Assoc: AssocID(round*5000 + i + 1)})
		}
		if w.hs.Len() != 0 || len(w.registrar.peers) != 0 {
			t.Fatalf("%d elements and %d peers are left", w.hs.Len(), len(w.registrar.peers))
		}
		if d := w.registrar.Deadline(); !d.IsZero() {
			t.Errorf("deadline %v without elements", d)
		}
	}
}
