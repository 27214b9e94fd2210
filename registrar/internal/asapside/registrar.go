package asapside

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// received is a message of a pool element or pool user.
type received = step.Received[asapmsg.Message]

// Registrar is the registrar's side of ASAP (RFC 5352, 3). It takes [step.LocalAddrs], [Open],
// [step.Up], [step.Down], [step.DialFailed], [Received], [step.Malformed], [Adopt]
// and [step.Tick]. It changes
// the handlespace, and uses the timers of the elements that are its own.
type Registrar struct {
	config        Config
	hs            *handlespace.Handlespace
	random        *rand.Rand
	endpoint      []netip.AddrPort // where the registrar can be reached
	local         []netip.Addr     // of this host
	peers         map[step.AssocID]*peer
	reports       map[elementKey]*suspicion
	verifying     map[elementKey]bool // asked, since another registrar claims them
	announce      time.Time           // when the next one is due, zero: never
	adoptions     adoptions
	subscriptions subscriptions
	counts        Counts
	chosen        []*handlespace.Element // by the resolution at hand; kept for its memory
	actions       []step.Action
}

// peer is who is at the other end of an association.
type peer struct {
	addrs []netip.AddrPort
	local bool // on this host, reached by loopback

	resolutions, reports limiter
	subscriptions        []*subscription
}

// elementKey names an element. Elements themselves do not outlive their removal.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

func keyOf(e *handlespace.Element) elementKey { return elementKey{e.PoolHandle(), e.ID()} }

// New returns a registrar. It serves, but does not announce itself before it
// is told to [Open].
func New(config Config, hs *handlespace.Handlespace, random *rand.Rand) *Registrar {
	return &Registrar{
		config:        config.withDefaults(),
		hs:            hs,
		random:        random,
		peers:         make(map[step.AssocID]*peer),
		reports:       make(map[elementKey]*suspicion),
		verifying:     make(map[elementKey]bool),
		adoptions:     newAdoptions(),
		subscriptions: newSubscriptions(),
	}
}

// Step takes an event at a time and returns what is to be done, in order.
func (r *Registrar) Step(now time.Time, ev step.Event) []step.Action {
	r.actions = nil
	switch ev := ev.(type) {
	case step.Up:
		r.associationUp(now, ev)
	case step.DialFailed:
		r.adoptionDialFailed(ev.Dial)
	case step.LocalAddrs:
		r.endpoint, r.local = ev.Addrs, hosts(ev.Addrs)
	case Open:
		if r.config.AnnounceCycle > 0 {
			r.announce = now
		}
	case Adopt:
		r.adopt(now, ev)
	case Verify:
		r.verify(now, ev)
	case step.Down:
		r.associationDown(ev.Assoc)
	case received:
		r.received(now, ev)
	case step.Malformed:
		r.malformed(ev)
	}
	r.expire(now)
	r.expireAdoptions(now)
	r.updateSubscribers(now)
	if !r.announce.IsZero() && !now.Before(r.announce) {
		r.sendAnnounce(now)
	}
	return r.actions
}

// Deadline returns when the next Tick is due, zero if none is.
func (r *Registrar) Deadline() time.Time {
	return step.Earlier(step.Earlier(r.announce, r.adoptions.expiry), step.Earlier(r.nextUpdate(), r.hs.NextDeadline()))
}

func (r *Registrar) do(a step.Action) { r.actions = append(r.actions, a) }

func (r *Registrar) send(assoc step.AssocID, m step.Message) {
	r.do(step.Send{Assoc: assoc, Message: m})
}

func (r *Registrar) received(now time.Time, ev received) {
	if _, up := r.peers[ev.Assoc]; !up {
		return
	}
	report, discard := asapmsg.ReportUnrecognized(ev.Message)
	if discard {
		r.complain(ev.Assoc, report)
		return
	}
	if len(poolOf(ev.Message)) > maxEcho {
		r.complain(ev.Assoc, &asapmsg.Error{Causes: causes(wire.CauseInvalidValues, nil)})
		return
	}
	switch m := ev.Message.(type) {
	case *asapmsg.Registration:
		r.register(now, ev.Assoc, m, ev.RTT)
	case *asapmsg.Deregistration:
		r.deregister(ev.Assoc, m)
	case *asapmsg.HandleResolution:
		r.resolve(now, ev.Assoc, m)
	case *asapmsg.EndpointKeepAliveAck:
		r.acknowledged(now, ev.Assoc, m)
	case *asapmsg.EndpointUnreachable:
		r.reported(now, ev.Assoc, m)
	}
	// All else is not for a registrar, and ignored.
	r.complain(ev.Assoc, report) // Behind the answer: clients take an error for one.
}

// maxEcho is how much of a request is repeated in its answer: a pool handle, or what
// was wrong. An answer with both fits a message.
const maxEcho = 16 << 10

// poolOf returns the pool handle of a request that is answered with it.
func poolOf(m asapmsg.Message) wire.PoolHandle {
	switch m := m.(type) {
	case *asapmsg.Registration:
		return m.PoolHandle
	case *asapmsg.Deregistration:
		return m.PoolHandle
	case *asapmsg.HandleResolution:
		return m.PoolHandle
	}
	return ""
}

// malformed answers a message that could not be decoded.
func (r *Registrar) malformed(ev step.Malformed) {
	if _, up := r.peers[ev.Assoc]; up {
		r.complain(ev.Assoc, asapmsg.ReportMalformed(ev.Data, ev.Err))
	}
}

func (r *Registrar) complain(assoc step.AssocID, report *asapmsg.Error) {
	if report != nil {
		r.send(assoc, report)
	}
}

// associationUp notes who is at the other end of an association. One that has been
// dialled may have been up before.
func (r *Registrar) associationUp(now time.Time, ev step.Up) {
	p := r.peers[ev.Assoc]
	if p == nil {
		p = new(peer)
		r.peers[ev.Assoc] = p
	}
	p.addrs, p.local = ev.Peer, scope.IsLocal(ev.Peer)
	if ev.Dial != 0 {
		r.askAdoption(now, ev.Dial, ev.Assoc)
	}
}

// associationDown removes the elements that registered over an association.
func (r *Registrar) associationDown(assoc step.AssocID) {
	for e := range r.hs.RegisteredOver(handlespace.Association(assoc)) {
		r.remove(e, RemovedAssociation)
	}
	r.adoptionsDown(assoc)
	if p := r.peers[assoc]; p != nil {
		r.unsubscribeAll(p)
		delete(r.peers, assoc)
	}
}

func (r *Registrar) remove(e *handlespace.Element, reason RemoveReason) {
	delete(r.reports, keyOf(e))
	delete(r.adoptions.elements, keyOf(e))
	r.do(ElementRemoved{Pool: e.PoolHandle(), ID: e.ID(), Reason: reason})
	if reason != RemovedDeregistered {
		r.counts.Removals++
	}
	r.hs.Remove(e)
}
