package machine

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// clientWorld is a client with the dials, associations and requests around it.
type clientWorld struct {
	*steptest.Driver
	client   *Client
	dials    []step.DialID // under way
	lastDial step.DialID
	assocs   []step.AssocID // that are up
	last     step.AssocID
	hasHome  bool           // as the actions tell
	tokens   map[Token]bool // resolutions that are to be answered
	refs     map[Ref]bool   // elements that are to be deregistered
	token    Token
	ref      Ref
}

func newClientWorld(t testing.TB, random *rand.Rand) *clientWorld {
	config := ClientConfig{HuntRounds: random.IntN(3), RequestTrials: 1 + random.IntN(3)}
	if random.IntN(4) == 0 {
		config.TrustRegistrars = TrustConfigured
	}
	for range random.IntN(3) {
		config.Registrars = append(config.Registrars, []netip.AddrPort{asaptest.RandomAddr(random)})
	}
	w := &clientWorld{tokens: make(map[Token]bool), refs: make(map[Ref]bool)}
	w.client = NewClient(config, seeded()) // Its random numbers are its own.
	w.Driver = &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: w.client, Act: w.act}
	return w
}

// act checks an action, and does the registrars' part of it.
func (w *clientWorld) act(a step.Action) {
	switch a := a.(type) {
	case step.Send:
		asaptest.CheckEncodes(w.T, a.Message)
	case step.Dial:
		if len(a.Addrs) == 0 || a.Dial != w.lastDial+1 {
			w.T.Errorf("dial %d of %v after %d", a.Dial, a.Addrs, w.lastDial)
		}
		w.lastDial = a.Dial
		w.dials = append(w.dials, a.Dial)
	case Resolved:
		w.finishToken(a.Token)
	case ResolveFailed:
		w.finishToken(a.Token)
	case Deregistered:
		if !w.refs[a.Ref] {
			w.T.Errorf("element %d deregistered that was not to be", a.Ref)
		}
		delete(w.refs, a.Ref)
	}
}

func (w *clientWorld) finishToken(token Token) {
	if !w.tokens[token] {
		w.T.Errorf("resolution %d answered twice, or after its cancellation", token)
	}
	delete(w.tokens, token)
}

func (w *clientWorld) isUp(assoc step.AssocID) bool { return slices.Contains(w.assocs, assoc) }

// event draws the next event.
func (w *clientWorld) event() step.Event {
	switch w.Random.IntN(15) {
	case 0:
		return newAnnounce(wire.ServerID(w.Random.IntN(5)), asaptest.RandomAddr(w.Random))
	case 1:
		return w.bringUp(0)
	case 2, 3:
		return w.finishDial()
	case 4:
		return w.takeDown()
	case 5:
		if len(w.assocs) > 0 {
			ev := asaptest.RandomMalformed(w.Random)
			ev.Assoc = w.randomAssoc()
			return ev
		}
	case 6:
		w.token++
		w.tokens[w.token] = true
		return Resolve{Token: w.token, Pool: asaptest.RandomPool(w.Random), Items: uint32(w.Random.IntN(3))}
	case 7:
		token := Token(1 + w.Random.IntN(int(w.token)+1))
		delete(w.tokens, token)
		return Cancel{Token: token}
	case 8, 9:
		return w.elementEvent()
	case 10:
		return ReportUnreachable{Pool: asaptest.RandomPool(w.Random), ID: asaptest.RandomID(w.Random)}
	case 11, 12:
		if m := w.answer(); m != nil {
			return Received{Assoc: w.client.home.assoc, Message: m}
		}
	case 13:
		return w.keepAlive()
	}
	return w.receive(asaptest.RandomMessage(w.Random))
}

// receive returns the arrival of a message over an association that is up, if there is any.
func (w *clientWorld) receive(m asapmsg.Message) step.Event {
	if len(w.assocs) == 0 {
		return step.Tick{}
	}
	return Received{Assoc: w.randomAssoc(), Message: m}
}

// randomAssoc returns an association that is up, 0 if there is none.
func (w *clientWorld) randomAssoc() step.AssocID {
	if len(w.assocs) == 0 {
		return 0
	}
	return steptest.Pick(w.Random, w.assocs...)
}

func (w *clientWorld) bringUp(dial step.DialID) step.Event {
	var assoc step.AssocID
	if len(w.assocs) > 0 && dial != 0 && w.Random.IntN(8) == 0 {
		assoc = w.randomAssoc() // The dial has found an association that is up.
	} else {
		w.last++
		assoc = w.last
		w.assocs = append(w.assocs, assoc)
	}
	peer := asaptest.RandomAddr(w.Random)
	if known := w.client.hunt.registrars; len(known) > 0 && w.Random.IntN(2) == 0 {
		peer = steptest.Pick(w.Random, known...).addrs[0]
	}
	return step.Up{Assoc: assoc, Dial: dial, Peer: []netip.AddrPort{peer}}
}

func (w *clientWorld) finishDial() step.Event {
	if len(w.dials) == 0 {
		return step.DialFailed{Dial: 99}
	}
	dial := w.dials[0]
	w.dials = w.dials[1:]
	if w.Random.IntN(2) == 0 {
		return step.DialFailed{Dial: dial}
	}
	return w.bringUp(dial)
}

func (w *clientWorld) takeDown() step.Event {
	if len(w.assocs) == 0 {
		return step.Down{Assoc: 99}
	}
	assoc := w.randomAssoc()
	w.assocs = slices.DeleteFunc(w.assocs, func(a step.AssocID) bool { return a == assoc })
	return step.Down{Assoc: assoc}
}

// elementEvent is a request of the owner that concerns an element.
func (w *clientWorld) elementEvent() step.Event {
	ref := Ref(1 + w.Random.IntN(int(w.ref)+1))
	switch w.Random.IntN(6) {
	case 0, 1:
		w.ref++
		return Register{
			Ref: w.ref, Pool: asaptest.RandomPool(w.Random), Interval: time.Duration(1+w.Random.IntN(20)) * time.Second,
			Element: asaptest.RandomElement(w.Random, steptest.Pick(w.Random, 0, asaptest.RandomID(w.Random))),
		}
	case 2:
		return Update{Ref: ref, Policy: wire.Policy{Type: steptest.Pick(w.Random, wire.RoundRobin, wire.Random)}}
	case 3:
		delete(w.refs, ref)
		return Abandon{Ref: ref}
	case 4:
		return Moved{Ref: ref, Addrs: []netip.Addr{asaptest.RandomAddr(w.Random).Addr()}}
	}
	w.refs[ref] = true
	return Deregister{Ref: ref}
}

// keepAlive is a keep-alive for an element of the client, if there is any.
func (w *clientWorld) keepAlive() step.Event {
	serving := w.client.elements.serving
	if len(serving) == 0 {
		return step.Tick{}
	}
	e := steptest.Pick(w.Random, serving...)
	return w.receive(&asapmsg.EndpointKeepAlive{
		Home: w.Random.IntN(2) == 0, ServerID: wire.ServerID(1 + w.Random.IntN(4)),
		PoolHandle: e.pool, PEID: steptest.Pick(w.Random, 0, e.pe.ID),
	})
}

// answer is the answer of the home to a request that it has, nil if there is none.
func (w *clientWorld) answer() asapmsg.Message {
	sent := w.client.queue.sent
	if len(sent) == 0 {
		return nil
	}
	key := steptest.Pick(w.Random, sent...).key
	reject := w.Random.IntN(3) == 0
	var causes []wire.ErrorCause
	if reject {
		causes = asaptest.RandomCauses(w.Random)
	}
	switch key.typ {
	case asapmsg.TypeRegistration:
		return &asapmsg.RegistrationResponse{PoolHandle: key.pool, PEID: key.id, Reject: reject, Causes: causes}
	case asapmsg.TypeDeregistration:
		return &asapmsg.DeregistrationResponse{PoolHandle: key.pool, PEID: key.id, Causes: causes}
	}
	return &asapmsg.HandleResolutionResponse{PoolHandle: key.pool, Causes: causes}
}
