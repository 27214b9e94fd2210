package machine

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// RegistrarConfig configures a [Registrar].
type RegistrarConfig struct {
	// ID is the registrar's identifier, not 0.
	ID wire.ServerID

	// AnnounceCycle is the time between announces (RFC 5352: T6-Serverannounce),
	// of which each varies by an eighth. 0: 1 second. Below 0: no announces.
	AnnounceCycle time.Duration

	// KeepAliveInterval is the time from a sign of life of an element to the next
	// keep-alive, less up to a quarter at random so that elements do not keep in
	// step. 0: 5 seconds.
	KeepAliveInterval time.Duration

	// KeepAliveTimeout is how long an element has to acknowledge. 0: 5 seconds.
	KeepAliveTimeout time.Duration

	// MaxBadReports is how many pool users must report an element to have it removed,
	// each from another host, before it acknowledges a keep-alive, for which it has a
	// quarter of a second or a tenth of KeepAliveTimeout (RFC 5352: MAX-BAD-PE-REPORT).
	// 0: 3.
	MaxBadReports int

	// MaxResolutionItems is how many elements a resolution returns that does not
	// say. 0: 3.
	MaxResolutionItems int

	// MaxResolutionRate and MaxReportRate bound how many handle resolutions and
	// reports of unreachable elements an association may ask for in a second
	// (RFC 5355, 2.13); after a pause, a second's worth may come at once. What is
	// beyond is refused and ignored. 0: no bound.
	MaxResolutionRate, MaxReportRate float64

	// DistanceStep is to what the distances of elements are rounded, for the
	// policies that count them. 0: 50 ms.
	DistanceStep time.Duration

	// MinScope is which addresses elements may have.
	MinScope Scope
}

func (c RegistrarConfig) withDefaults() RegistrarConfig {
	c.AnnounceCycle = cmp.Or(c.AnnounceCycle, time.Second)
	c.KeepAliveInterval = cmp.Or(max(c.KeepAliveInterval, 0), 5*time.Second)
	c.KeepAliveTimeout = cmp.Or(max(c.KeepAliveTimeout, 0), 5*time.Second)
	c.MaxBadReports = cmp.Or(max(c.MaxBadReports, 0), 3)
	c.MaxResolutionItems = cmp.Or(max(c.MaxResolutionItems, 0), 3)
	c.DistanceStep = cmp.Or(max(c.DistanceStep, 0), 50*time.Millisecond)
	return c
}

// Registrar is the registrar's side of ASAP (RFC 5352, 3). It takes [LocalAddrs], [Open],
// [AssociationUp], [AssociationDown], [DialFailed], [Received], [Malformed], [Adopt]
// and [Tick]. It changes
// the handlespace, and uses the timers of the elements that are its own.
type Registrar struct {
	config        RegistrarConfig
	hs            *handlespace.Handlespace
	random        *rand.Rand
	local         []netip.Addr // of this host
	peers         map[AssocID]*peer
	reports       map[elementKey]*suspicion
	verifying     map[elementKey]bool // asked, since another registrar claims them
	announce      time.Time           // when the next one is due, zero: never
	adoptions     adoptions
	subscriptions subscriptions
	counts        RegistrarCounts
	chosen        []*handlespace.Element // by the resolution at hand; kept for its memory
	actions       []Action
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

// Announce asks to send an ASAP_SERVER_ANNOUNCE to the group.
type Announce struct{ ID wire.ServerID }

// ElementRegistered tells that an element is in the handlespace that was not before.
type ElementRegistered struct {
	Pool  wire.PoolHandle
	ID    wire.PEID
	Assoc AssocID
}

// ElementMoved tells that an element that is in the handlespace has been registered over
// another association, while the one before is up: it has begun anew without an end, or
// two elements of one host have one identifier.
type ElementMoved struct {
	Pool     wire.PoolHandle
	ID       wire.PEID
	From, To AssocID
}

// ElementRemoved tells that an element has been taken out.
type ElementRemoved struct {
	Pool   wire.PoolHandle
	ID     wire.PEID
	Reason RemoveReason
}

func (Announce) action()          {}
func (ElementRegistered) action() {}
func (ElementMoved) action()      {}
func (ElementRemoved) action()    {}

// RemoveReason tells why an element has been removed.
type RemoveReason string

// The reasons.
const (
	RemovedDeregistered RemoveReason = "deregistered"
	RemovedAssociation  RemoveReason = "association down"
	RemovedKeepAlive    RemoveReason = "no keep-alive acknowledgement"
	RemovedLife         RemoveReason = "registration life over"
	RemovedReports      RemoveReason = "reported as unreachable"
)

// NewRegistrar returns a registrar. It serves, but does not announce itself before it
// is told to [Open].
func NewRegistrar(config RegistrarConfig, hs *handlespace.Handlespace, random *rand.Rand) *Registrar {
	return &Registrar{
		config:        config.withDefaults(),
		hs:            hs,
		random:        random,
		peers:         make(map[AssocID]*peer),
		reports:       make(map[elementKey]*suspicion),
		verifying:     make(map[elementKey]bool),
		adoptions:     newAdoptions(),
		subscriptions: newSubscriptions(),
	}
}

// Step takes an event at a time and returns what is to be done, in order.
func (r *Registrar) Step(now time.Time, ev Event) []Action {
	r.actions = nil
	switch ev := ev.(type) {
	case AssociationUp:
		r.associationUp(now, ev)
	case DialFailed:
		r.adoptionDialFailed(ev.Dial)
	case LocalAddrs:
		r.local = hosts(ev.Addrs)
	case Open:
		if r.config.AnnounceCycle > 0 {
			r.announce = now
		}
	case Adopt:
		r.adopt(now, ev)
	case Verify:
		r.verify(now, ev)
	case AssociationDown:
		r.associationDown(ev.Assoc)
	case Received:
		r.received(now, ev)
	case Malformed:
		r.malformed(ev)
	}
	r.expire(now)
	r.expireAdoptions(now)
	r.updateSubscribers(now)
	if !r.announce.IsZero() && !now.Before(r.announce) {
		r.do(Announce{ID: r.config.ID})
		cycle := r.config.AnnounceCycle
		r.announce = now.Add(cycle - cycle/8 + time.Duration(r.random.Int64N(int64(cycle/4)+1)))
	}
	return r.actions
}

// Deadline returns when the next Tick is due, zero if none is.
func (r *Registrar) Deadline() time.Time {
	return earlier(earlier(r.announce, r.adoptions.expiry), earlier(r.nextUpdate(), r.hs.NextDeadline()))
}

func (r *Registrar) do(a Action) { r.actions = append(r.actions, a) }

func (r *Registrar) send(assoc AssocID, m Message) { r.do(Send{Assoc: assoc, Message: m}) }

func (r *Registrar) received(now time.Time, ev Received) {
	if _, up := r.peers[ev.Assoc]; !up {
		return
	}
	report, discard := unrecognized(ev.Message)
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
func (r *Registrar) malformed(ev Malformed) {
	if _, up := r.peers[ev.Assoc]; up {
		r.complain(ev.Assoc, ev.report())
	}
}

func (r *Registrar) complain(assoc AssocID, report *asapmsg.Error) {
	if report != nil {
		r.send(assoc, report)
	}
}

// associationUp notes who is at the other end of an association. One that has been
// dialled may have been up before.
func (r *Registrar) associationUp(now time.Time, ev AssociationUp) {
	p := r.peers[ev.Assoc]
	if p == nil {
		p = new(peer)
		r.peers[ev.Assoc] = p
	}
	p.addrs, p.local = ev.Peer, isLocal(ev.Peer)
	if ev.Dial != 0 {
		r.askAdoption(now, ev.Dial, ev.Assoc)
	}
}

// associationDown removes the elements that registered over an association.
func (r *Registrar) associationDown(assoc AssocID) {
	for e := range r.hs.OnAssociation(handlespace.Association(assoc)) {
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
