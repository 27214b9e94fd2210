package enrp

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A chooser makes the choices of a world: a source of random numbers, or the octets of a fuzz
// input.
type chooser interface{ IntN(n int) int }

// script is a chooser made of octets. At the end it chooses 0.
type script struct{ octets []byte }

// IntN takes a number below n: an octet, or two octets if n is above 256.
func (s *script) IntN(n int) int {
	number := int(s.take())
	if n > 256 {
		number = number<<8 | int(s.take())
	}
	return number % n
}

// take takes an octet.
func (s *script) take() byte {
	if len(s.octets) == 0 {
		return 0
	}
	b := s.octets[0]
	s.octets = s.octets[1:]
	return b
}

// Events of a world, by the octet in a script.
const (
	opPass     = iota // time passes, in milliseconds
	opUp              // an association, from an address
	opDialed          // an association for the oldest dial, from an address
	opFailed          // the oldest dial fails
	opDown            // an association ends
	opReceive         // a message over an association
	opOctets          // octets over an association
	opHeard           // a multicast message, from an address
	opRegister        // an element registers
	opRemove          // an element is removed
	opConfirm         // an element confirms its home
	opAdopt           // an element accepts a suggested takeover
	opAddrs           // the local addresses change
	opLeave
	numOps
)

// world is a machine with the facts that its owner knows. Every action is checked, and the
// invariants of the machine after every step.
type world struct {
	t       testing.TB
	choose  chooser
	octets  func(*world) []byte // for opOctets
	now     time.Time
	machine *Machine
	hs      *handlespace.Handlespace

	up        []step.AssocID // by age
	speakers  map[step.AssocID]wire.ServerID
	lastAssoc step.AssocID
	dials     []step.DialID // under way
	lastDial  step.DialID
	peers     map[wire.ServerID]bool
	isReady   bool
	verifying []elementKey
	adopting  []elementKey
	messages  int // sent
}

// newWorld returns a world with a configuration of its choice.
func newWorld(t testing.TB, choose chooser) *world {
	w := &world{
		t: t, choose: choose, now: steptest.Begin,
		speakers: make(map[step.AssocID]wire.ServerID),
		peers:    make(map[wire.ServerID]bool),
	}
	config := Config{
		ID:               self,
		HeartbeatCycle:   []time.Duration{0, time.Second, time.Hour}[choose.IntN(3)],
		TakeoverExpiry:   []time.Duration{0, time.Second}[choose.IntN(2)],
		MaxTableElements: choose.IntN(3),
		HigherWins:       choose.IntN(2) == 1,
		SuggestTakeovers: choose.IntN(2) == 1,
	}
	for range choose.IntN(4) {
		config.Peers = append(config.Peers, []netip.AddrPort{w.chooseAddr()})
	}
	maxElements := []int{0, 5}[choose.IntN(2)]
	config.Slice, config.MaxElementsPerPeer = choose.IntN(3), []int{0, 3}[choose.IntN(2)]
	random := rand.New(rand.NewPCG(1, 2))
	w.hs = handlespace.New(handlespace.Config{
		Rand: random, MaxElements: maxElements,
		OnChange: func(c handlespace.Change) { w.machine.Changed(c) },
	})
	w.machine = New(config, w.hs, random, w.now)
	w.feed(step.LocalAddrs{Addrs: endpoint("10.0.0.1:9901")})
	return w
}

// Step makes the machine take an event, and checks the outcome.
func (w *world) Step(now time.Time, ev step.Event) []step.Action {
	w.now = now
	w.feed(ev)
	return nil
}

// Deadline returns the deadline of the machine.
func (w *world) Deadline() time.Time { return w.machine.Deadline() }

// feed makes the machine take an event, and checks the outcome.
func (w *world) feed(ev step.Event) {
	w.check(w.machine.Step(w.now, ev))
	if d := w.machine.Deadline(); !d.After(w.now) && !w.machine.hasWork() {
		w.t.Fatalf("deadline %v after a step", d.Sub(w.now))
	}
}

// check checks actions, and the invariants.
func (w *world) check(actions []step.Action) {
	w.t.Helper()
	for _, a := range actions {
		w.checkAction(a)
	}
	checkInvariants(w)
}

// pass lets time pass. Elements whose registration life is over are removed, as by an ASAP
// side.
func (w *world) pass(d time.Duration) {
	w.now = steptest.Pass(w.t, w, w.now, d, func(now time.Time) { w.Step(now, step.Tick{}) })
	for {
		e, _ := w.hs.PopExpired(w.now)
		if e == nil {
			break
		}
		w.hs.Remove(e)
	}
	w.check(w.machine.Flush(w.now))
}

// checkAction checks an action, and remembers it.
func (w *world) checkAction(action step.Action) {
	w.t.Helper()
	switch a := action.(type) {
	case step.Send:
		w.checkMessage(a.Message)
		if !slices.Contains(w.up, a.Assoc) {
			w.t.Fatalf("association %d is not up: %s", a.Assoc, describe(a))
		}
	case step.Multicast:
		w.checkMessage(a.Message)
	case step.Dial:
		if a.Dial <= w.lastDial || len(a.Addrs) == 0 {
			w.t.Fatalf("dial %d after %d to %v", a.Dial, w.lastDial, a.Addrs)
		}
		w.lastDial = a.Dial
		w.dials = append(w.dials, a.Dial)
	case step.Abort:
		if !slices.Contains(w.up, a.Assoc) {
			w.t.Fatalf("association %d to be aborted is not up", a.Assoc)
		}
	default:
		w.checkOwnAction(action)
	}
}

// checkOwnAction checks an action of package enrp.
func (w *world) checkOwnAction(action step.Action) {
	w.t.Helper()
	switch a := action.(type) {
	case Ready:
		if w.isReady || a.Mentor != 0 && !w.peers[a.Mentor] {
			w.t.Fatalf("ready %v, mentor %v", w.isReady, a.Mentor)
		}
		w.isReady = true
	case PeerFound:
		if w.peers[a.ID] || a.ID == self || a.ID == 0 {
			w.t.Fatalf("peer %v found", a.ID)
		}
		w.peers[a.ID] = true
	case PeerLost:
		if !w.peers[a.ID] {
			w.t.Fatalf("peer %v lost", a.ID)
		}
		delete(w.peers, a.ID)
	case Verify:
		if e := w.hs.Find(a.Pool, a.ID); e == nil || e.HomeID() != self {
			w.t.Fatalf("%v/%v to be verified is not ours", a.Pool, a.ID)
		}
		w.verifying = append(w.verifying, elementKey{a.Pool, a.ID})
	case Adopt:
		// A table may have an element twice, the second time with another home.
		if e := w.hs.Find(a.Pool, a.ID); e == nil || !a.Ours && e.HomeID() == self {
			w.t.Fatalf("%v/%v is to be adopted, ours: %v", a.Pool, a.ID, a.Ours)
		}
		w.adopting = append(w.adopting, elementKey{a.Pool, a.ID})
	case TakeoverRefused:
		if !w.peers[a.ID] || !w.peers[a.Target] || a.ID == a.Target {
			w.t.Fatalf("takeover of %v by %v refused", a.Target, a.ID)
		}
	case ElementsRefused:
		if !w.peers[a.ID] || !isLackOfResources(a.Reason) {
			w.t.Fatalf("elements of %v refused: %v", a.ID, a.Reason)
		}
	case Synchronized, Duplicate, AuditFailed, Contested:
	default:
		w.t.Fatalf("unknown action %T", a)
	}
}

// checkMessage checks that a message can be encoded, and that its octets can be decoded to the
// same message.
func (w *world) checkMessage(message step.Message) {
	w.t.Helper()
	w.messages++
	octets, err := message.AppendBinary(nil)
	if err != nil {
		w.t.Fatalf("%T: %v", message, err)
	}
	parsed, err := enrpmsg.Parse(octets)
	if err != nil {
		w.t.Fatalf("%T: %v in %x", message, err, octets)
	}
	if ids := parsed.ServerIDs(); ids.Sender != self {
		w.t.Fatalf("%T from %v", message, ids.Sender)
	}
	// Unknown parameters may change their place.
	again, err := parsed.AppendBinary(nil)
	if err != nil {
		w.t.Fatalf("%T: %v", message, err)
	}
	if reparsed, err := enrpmsg.Parse(again); err != nil || !reflect.DeepEqual(reparsed, parsed) {
		w.t.Fatalf("%T: %x becomes %x: %v", message, octets, again, err)
	}
}

// act makes an event of the world's choice happen, half of the time a message.
func (w *world) act() {
	switch w.choose.IntN(2 * numOps) {
	default:
		w.receive()
	case opOctets:
		w.receiveOctets()
	case opHeard:
		w.feed(Heard{Source: w.chooseAddr(), Message: w.chooseMessage(w.chooseID())})
	case opPass:
		// Short times are as frequent as long times.
		w.pass(time.Duration(w.choose.IntN(1<<16)>>w.choose.IntN(8)) * time.Millisecond)
	case opUp:
		w.bringUp(0)
	case opDialed:
		w.endDial(true)
	case opFailed:
		w.endDial(false)
	case opDown:
		w.takeDown(w.chooseAssoc())
	case opRegister:
		w.register(w.chooseKey())
	case opRemove:
		w.remove(w.chooseKey())
	case opConfirm:
		w.confirm()
	case opAdopt:
		w.adopt()
	case opAddrs:
		w.feed(step.LocalAddrs{Addrs: w.chooseEndpoint()})
	case opLeave:
		if w.choose.IntN(16) == 15 {
			w.feed(Leave{})
		}
	}
}

// bringUp begins an association, for a dial or not.
func (w *world) bringUp(dial step.DialID) {
	w.lastAssoc++
	w.up = append(w.up, w.lastAssoc)
	w.feed(step.Up{Assoc: w.lastAssoc, Dial: dial, Peer: w.chooseEndpoint()})
}

// endDial ends the oldest dial. A successful dial may find an association that is up.
func (w *world) endDial(isSuccess bool) {
	if len(w.dials) == 0 {
		return
	}
	dial := w.dials[0]
	w.dials = w.dials[1:]
	switch {
	case !isSuccess:
		w.feed(step.DialFailed{Dial: dial})
	case w.choose.IntN(4) == 3 && len(w.up) > 0:
		w.feed(step.Up{Assoc: w.chooseAssoc(), Dial: dial, Peer: w.chooseEndpoint()})
	default:
		w.bringUp(dial)
	}
}

// takeDown ends an association.
func (w *world) takeDown(assoc step.AssocID) {
	if i := slices.Index(w.up, assoc); i >= 0 {
		w.up = slices.Delete(w.up, i, i+1)
		delete(w.speakers, assoc)
		w.feed(step.Down{Assoc: assoc})
	}
}

// receive brings a message over an association, usually from the registrar that spoke there
// before.
func (w *world) receive() {
	assoc := w.chooseAssoc()
	if assoc == 0 {
		return
	}
	if w.speakers[assoc] == 0 || w.choose.IntN(8) == 7 {
		w.speakers[assoc] = w.chooseID()
	}
	rtt := time.Duration(w.choose.IntN(256)) * time.Millisecond
	w.feed(Received{Assoc: assoc, Message: w.chooseMessage(w.speakers[assoc]), RTT: rtt})
}

// receiveOctets brings octets over an association, which are a message or not.
func (w *world) receiveOctets() {
	assoc := w.chooseAssoc()
	octets := w.octets(w)
	if assoc == 0 {
		return
	}
	msg, err := enrpmsg.Parse(octets)
	if err != nil {
		w.feed(step.Malformed{Assoc: assoc, Data: octets, Err: err})
		return
	}
	w.feed(Received{Assoc: assoc, Message: msg})
}

// register registers an element over an association of the ASAP side.
func (w *world) register(key elementKey) {
	pe := w.chooseElement(key.id, self)
	_, _, _ = w.hs.Register(w.now, key.pool, &pe, 1) // It may be refused.
	w.check(w.machine.Flush(w.now))
}

// remove removes an element of ours.
func (w *world) remove(key elementKey) {
	if e := w.hs.Find(key.pool, key.id); e != nil && e.HomeID() == self {
		w.hs.Remove(e)
		w.check(w.machine.Flush(w.now))
	}
}

// confirm answers the oldest verification. The element is still ours, or is removed.
func (w *world) confirm() {
	if len(w.verifying) == 0 {
		return
	}
	key := w.verifying[0]
	w.verifying = w.verifying[1:]
	if w.choose.IntN(2) == 0 {
		w.feed(Confirmed{Pool: key.pool, ID: key.id})
	} else {
		w.remove(key)
	}
}

// adopt has the oldest element of a takeover acknowledge or not.
func (w *world) adopt() {
	if len(w.adopting) == 0 {
		return
	}
	key := w.adopting[0]
	w.adopting = w.adopting[1:]
	if w.choose.IntN(2) == 0 {
		w.register(key)
	} else {
		w.remove(key)
	}
}

// end ends all that is under way, and lets time pass until no peer is left but the
// configured.
func (w *world) end() {
	for len(w.up) > 0 {
		w.takeDown(w.up[0])
	}
	for range 20 {
		w.pass(10 * time.Second)
		for len(w.dials) > 0 {
			w.endDial(false)
		}
	}
}
