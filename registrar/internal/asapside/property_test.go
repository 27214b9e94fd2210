package asapside

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

type registrarWorld struct {
	*steptest.Driver
	registrar *Registrar
	hs        *handlespace.Handlespace
	up        map[step.AssocID]bool
	sent      map[step.AssocID]int
	dials     []step.DialID
}

func newRegistrarWorld(t *testing.T, random *rand.Rand) *registrarWorld {
	w := &registrarWorld{
		up:   make(map[step.AssocID]bool),
		sent: make(map[step.AssocID]int),
	}
	w.hs = handlespace.New(handlespace.Config{Rand: random, OnChange: func(c handlespace.Change) { w.registrar.Changed(c) }})
	w.registrar = New(Config{ID: 0xabc}, w.hs, random)
	w.Driver = &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: w.registrar, Act: w.act}
	return w
}

func (w *registrarWorld) act(a step.Action) {
	switch a := a.(type) {
	case step.Send:
		asaptest.CheckEncodes(w.T, a.Message)
		w.sent[a.Assoc]++
	case step.Dial:
		if len(a.Addrs) == 0 {
			w.T.Error("dial without an address")
		}
		w.dials = append(w.dials, a.Dial)
		if len(w.dials) > maxAdoptionDials {
			w.T.Errorf("%d dials at a time", len(w.dials))
		}
	case ElementRegistered:
		if !w.up[a.Assoc] {
			w.T.Errorf("element registered by %d, which is not up", a.Assoc)
		}
	}
}

// peersEvent is what comes of what other registrars do.
func (w *registrarWorld) peersEvent() step.Event {
	pool, id := asaptest.RandomPool(w.Random), asaptest.RandomID(w.Random)
	switch w.Random.IntN(5) {
	case 0: // A peer tells of an element of its own.
		e := asaptest.RandomElement(w.Random, id)
		e.HomeID = 0xdef
		if w.Random.IntN(4) > 0 {
			e.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: e.UserTransport.Addrs}
		}
		_, _, _ = w.hs.Register(w.Now, pool, &e, 0) // It may be refused.
	case 1: // It is dead, and its element is ours.
		if e := w.hs.Find(pool, id); e != nil && e.HomeID() == 0xdef {
			w.hs.SetOwner(e, 0xabc)
			return Adopt{Pool: pool, ID: id, Claimed: true}
		}
	case 2:
		return Adopt{Pool: pool, ID: id}
	case 3:
		return Verify{Pool: pool, ID: id}
	}
	if len(w.dials) == 0 {
		return step.Tick{}
	}
	dial := w.dials[0]
	w.dials = w.dials[1:]
	if w.Random.IntN(2) == 0 {
		return step.DialFailed{Dial: dial}
	}
	assoc := step.AssocID(1 + w.Random.IntN(5)) // It may be up already.
	w.up[assoc] = true
	return step.Up{Assoc: assoc, Dial: dial, Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}}
}

func (w *registrarWorld) event() step.Event {
	assoc := step.AssocID(1 + w.Random.IntN(5))
	switch w.Random.IntN(10) {
	case 8, 9:
		return w.peersEvent()
	case 0:
		w.up[assoc] = true
		return step.Up{Assoc: assoc, Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}}
	case 1:
		delete(w.up, assoc)
		return step.Down{Assoc: assoc}
	case 2:
		return asaptest.RandomMalformed(w.Random)
	case 3:
		return received{Assoc: assoc, Message: &asapmsg.EndpointUnreachable{PoolHandle: asaptest.RandomPool(w.Random), PEID: asaptest.RandomID(w.Random)}}
	}
	return received{Assoc: assoc, Message: asaptest.RandomMessage(w.Random), RTT: time.Duration(w.Random.IntN(500)) * time.Millisecond}
}

func TestRegistrarRandomEvents(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newRegistrarWorld(t, random)
		w.Feed(Open{})
		w.Drive(500, w.event)
		if len(w.registrar.supervision.reports) > w.hs.Len() {
			t.Errorf("reports of %d elements, but there are %d", len(w.registrar.supervision.reports), w.hs.Len())
		}
		w.end()
		if w.hs.Len() != 0 || len(w.registrar.supervision.reports) != 0 || len(w.registrar.peers.byAssoc) != 0 {
			t.Errorf("%d elements, %d reports and %d peers are left when all associations are down",
				w.hs.Len(), len(w.registrar.supervision.reports), len(w.registrar.peers.byAssoc))
		}
		if s := &w.registrar.subscriptions; s.number != 0 || len(s.pools) != 0 {
			t.Errorf("%d subscriptions of %d pools are left", s.number, len(s.pools))
		}
		if a := &w.registrar.adoptions; len(a.elements)+len(a.dialing)+len(a.at) != 0 || len(w.registrar.supervision.verifying) != 0 {
			t.Errorf("%d adoptions, %d dials to %d places and %d questions are left",
				len(a.elements), len(a.dialing), len(a.at), len(w.registrar.supervision.verifying))
		}
	})
}

// end ends all that is up or under way. Elements of other registrars go with them, as a
// registrar sees to that by ENRP.
func (w *registrarWorld) end() {
	for len(w.dials) > 0 {
		dial := w.dials[0]
		w.dials = w.dials[1:]
		w.Feed(step.DialFailed{Dial: dial})
	}
	for assoc := range w.up {
		w.Feed(step.Down{Assoc: assoc})
	}
	for e := range w.hs.OwnedBy(0xdef) {
		w.hs.Remove(e)
	}
	w.Pass(time.Minute)
}

// However many users report an element, it is asked once, and what is kept of the
// reports is bounded.
func TestRegistrarReportFlood(t *testing.T) {
	t.Parallel()
	w := newRegistrarWorld(t, seeded())
	w.registrar.config.MaxBadReports = 1 << 20
	at := netip.MustParseAddrPort("10.0.0.1:2000")
	w.up[1] = true
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
			w.up[assoc] = true
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
	w.up[1] = true
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

// A limiter lets through what the rate allows, and not more than a second's worth at
// once.
func TestLimiter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rate  float64
		every time.Duration // between requests
		n     int
		want  int // how many are let through
	}{
		{rate: 0, every: 0, n: 1000, want: 1000},
		{rate: -1, every: 0, n: 1000, want: 1000},
		{rate: 10, every: 0, n: 1000, want: 10},
		{rate: 10, every: 100 * time.Millisecond, n: 1000, want: 1000},
		{rate: 10, every: 10 * time.Millisecond, n: 1000, want: 109},
		{rate: 0.5, every: time.Second, n: 100, want: 50},
		{rate: 1e-9, every: time.Minute, n: 600, want: 10},
		{rate: 1e30, every: 0, n: 1000, want: 1000},
	} {
		var l limiter
		now, got := steptest.Begin, 0
		for range tc.n {
			if l.allow(now, tc.rate) {
				got++
			}
			now = now.Add(tc.every)
		}
		if got != tc.want {
			t.Errorf("rate %v, a request every %v: %d of %d let through, want %d", tc.rate, tc.every, got, tc.n, tc.want)
		}
	}
}
