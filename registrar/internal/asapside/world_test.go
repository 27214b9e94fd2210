package asapside

import (
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

const (
	ownID  wire.ServerID = 0xabc // the registrar of a world
	peerID wire.ServerID = 0xdef // another registrar

	// timerExpiry is the timer of the registrar's side of ENRP.
	timerExpiry handlespace.TimerCode = 3
)

// registrarWorld is a registrar with the associations, dials and other registrars around it.
type registrarWorld struct {
	*steptest.Driver
	registrar *Registrar
	hs        *handlespace.Handlespace
	up        map[step.AssocID]netip.AddrPort // the peer's address
	sent      map[step.AssocID]int
	dials     []step.DialID
	tally     Counts // of the actions
	waiting   int    // registrations that wait for the holder of their element
}

func newRegistrarWorld(t testing.TB, random *rand.Rand) *registrarWorld {
	return newWorldOf(t, random, Config{ID: ownID}, 0)
}

func newWorldOf(t testing.TB, random *rand.Rand, config Config, maxElements int) *registrarWorld {
	w := &registrarWorld{
		up:   make(map[step.AssocID]netip.AddrPort),
		sent: make(map[step.AssocID]int),
	}
	w.registrar, w.hs = newRegistrarOf(config, handlespace.Config{MaxElements: maxElements}) // Its random numbers are its own.
	w.Driver = &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: w.registrar, Act: w.act}
	return w
}

// act checks an action, and does the registrar's part of it.
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
		if !w.isUp(a.Assoc) {
			w.T.Errorf("element registered by %d, which is not up", a.Assoc)
		}
	}
}

func (w *registrarWorld) isUp(assoc step.AssocID) bool {
	_, isUp := w.up[assoc]
	return isUp
}

func (w *registrarWorld) randomAssoc() step.AssocID { return step.AssocID(1 + w.Random.IntN(5)) }

// randomElement returns an element of few, so that events concern each other.
func (w *registrarWorld) randomElement() (wire.PoolHandle, wire.PEID) {
	return steptest.Pick[wire.PoolHandle](w.Random, "p", "q"), wire.PEID(1 + w.Random.IntN(3))
}

// event draws the next event.
func (w *registrarWorld) event() step.Event {
	assoc := w.randomAssoc()
	switch w.Random.IntN(14) {
	case 0:
		return w.bringUp(assoc, 0, asaptest.RandomAddr(w.Random))
	case 1:
		delete(w.up, assoc)
		return step.Down{Assoc: assoc}
	case 2:
		return asaptest.RandomMalformed(w.Random)
	case 3, 4:
		return w.usersEvent(assoc)
	case 5, 6, 7:
		return w.peersEvent()
	case 8:
		return w.finishDial()
	case 9, 10, 11:
		return w.elementsEvent(assoc)
	}
	return received{Assoc: assoc, Message: asaptest.RandomMessage(w.Random), RTT: time.Duration(w.Random.IntN(500)) * time.Millisecond}
}

// bringUp brings an association up. An identifier is used again when its former elements are gone.
func (w *registrarWorld) bringUp(assoc step.AssocID, dial step.DialID, addrs ...netip.AddrPort) step.Event {
	for p := w.registrar.peers.find(assoc); p != nil && p.isDown; p = w.registrar.peers.find(assoc) {
		w.Feed(step.Tick{})
	}
	w.up[assoc] = addrs[0]
	return step.Up{Assoc: assoc, Dial: dial, Peer: addrs}
}

// usersEvent is a message of a well-behaved pool user.
func (w *registrarWorld) usersEvent(assoc step.AssocID) step.Event {
	pool, id := w.randomElement()
	if w.Random.IntN(2) == 0 {
		return received{Assoc: assoc, Message: &asapmsg.HandleResolution{PoolHandle: pool, Subscribe: true}}
	}
	return received{Assoc: assoc, Message: &asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id}}
}

// elementsEvent is a message of a well-behaved pool element: a registration at the address of
// the association, or an acknowledgement over the association that asks.
func (w *registrarWorld) elementsEvent(assoc step.AssocID) step.Event {
	pool, id := w.randomElement()
	if a := w.registrar.adoptions.byElement[elementKey{pool, id}]; a != nil && a.assoc != 0 {
		assoc = a.assoc
	} else if e := w.hs.Find(pool, id); e != nil && e.Association() != 0 {
		assoc = step.AssocID(e.Association())
	} else if addr, isUp := w.up[assoc]; isUp {
		m := registration(pool, id, addr)
		m.PoolElement.RegistrationLife = time.Duration(w.Random.IntN(20)) * time.Second
		return received{Assoc: assoc, Message: m}
	}
	return received{Assoc: assoc, Message: &asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id}}
}

// finishDial ends the oldest dial. The association may be up already.
func (w *registrarWorld) finishDial() step.Event {
	if len(w.dials) == 0 {
		return step.LocalAddrs{Addrs: []netip.AddrPort{asaptest.RandomAddr(w.Random), asaptest.RandomAddr(w.Random)}}
	}
	dial := w.dials[0]
	w.dials = w.dials[1:]
	if w.Random.IntN(2) == 0 {
		return step.DialFailed{Dial: dial}
	}
	return w.bringUp(w.randomAssoc(), dial, asaptest.RandomAddr(w.Random))
}

// peersEvent changes the handlespace as the registrar's side of ENRP does because of other
// registrars, and returns the event that follows.
func (w *registrarWorld) peersEvent() step.Event {
	pool, id := w.randomElement()
	e := w.hs.Find(pool, id)
	switch w.Random.IntN(7) {
	case 0, 1: // A peer tells of an element of its own.
		w.enter(pool, id, peerID)
	case 2: // The peer is dead, and its element is ours.
		if e != nil && e.HomeID() == peerID {
			w.hs.SetOwner(e, ownID)
			w.setExpiry(e)
			return Adopt{Pool: pool, ID: id, Ours: true}
		}
	case 3: // A peer still has an element that was ours before a restart.
		if e == nil && w.enter(pool, id, ownID) != nil {
			return Adopt{Pool: pool, ID: id, Ours: true}
		}
	case 4:
		return Adopt{Pool: pool, ID: id}
	case 5:
		return Verify{Pool: pool, ID: id}
	case 6: // The peer's element is gone.
		if e != nil && e.HomeID() == peerID {
			w.hs.Remove(e)
		}
	}
	return step.Tick{}
}

// enter enters an element that another registrar tells of. It may be refused.
func (w *registrarWorld) enter(pool wire.PoolHandle, id wire.PEID, home wire.ServerID) *handlespace.Element {
	pe := asaptest.RandomElement(w.Random, id)
	pe.HomeID = home
	if w.Random.IntN(4) > 0 {
		pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: pe.UserTransport.Addrs}
	}
	e, _, err := w.hs.Register(w.Now, pool, &pe, 0)
	if err != nil {
		return nil
	}
	w.setExpiry(e)
	return e
}

func (w *registrarWorld) setExpiry(e *handlespace.Element) {
	w.hs.StopTimer(e)
	if life := e.RegistrationLife(); life > 0 {
		w.hs.SetTimer(e, timerExpiry, w.Now.Add(life+life/2))
	}
}

// end ends all that is up or under way. Elements of other registrars go with them, as a
// registrar sees to that by ENRP.
func (w *registrarWorld) end() {
	for len(w.dials) > 0 {
		dial := w.dials[0]
		w.dials = w.dials[1:]
		w.Feed(step.DialFailed{Dial: dial})
	}
	for assoc := range step.AssocID(6) {
		if w.isUp(assoc) {
			delete(w.up, assoc)
			w.Feed(step.Down{Assoc: assoc})
		}
	}
	for e := range w.hs.OwnedBy(peerID) {
		w.hs.Remove(e)
	}
	w.Pass(time.Minute)
}

// checkEnd checks that nothing is left when all has ended.
func (w *registrarWorld) checkEnd() {
	r := w.registrar
	if w.hs.Len() != 0 || len(r.supervision.reports) != 0 || len(r.peers.byAssoc)+len(r.peers.hosts) != 0 {
		w.T.Errorf("%d elements, %d reports and %d peers are left when all associations are down",
			w.hs.Len(), len(r.supervision.reports), len(r.peers.byAssoc))
	}
	if s := &r.subscriptions; s.number+len(s.pools)+len(s.byAssoc)+len(s.byHost)+len(s.queue.due)+len(s.queue.resting) != 0 {
		w.T.Errorf("%d subscriptions of %d pools are left, %d hosts, %d pools are due, and %d rest", s.number, len(s.pools), len(s.byHost), len(s.queue.due), len(s.queue.resting))
	}
	if c := &r.contests; len(c.byElement)+len(c.queue) != 0 {
		w.T.Errorf("%d contests for %d elements are left", len(c.queue), len(c.byElement))
	}
	if a := &r.adoptions; len(a.byElement)+len(a.waiting)+len(a.dialing)+len(a.at)+len(a.asked)+len(a.connected)+len(a.failed) != 0 || len(r.supervision.verifying) != 0 {
		w.T.Errorf("%d adoptions, %d dials to %d places, %d questions and %d verifications are left",
			len(a.byElement), len(a.dialing), len(a.at), len(a.asked), len(r.supervision.verifying))
	}
}
