package machine

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Client is the ASAP endpoint of pool elements and pool users (RFC 5352, 3). It
// takes [step.Up], [step.Down], [step.DialFailed], [Received], [step.Malformed],
// [Heard], [Register], [Update], [Moved], [Deregister], [Abandon], [Resolve],
// [Cancel], [ReportUnreachable] and [step.Tick].
//
// It keeps one association to its home registrar, and hunts for one while it has
// something to say and no home (RFC 5352, 3.6). Elements follow the home: they are
// registered again with each new one, unless it has taken them over.
type Client struct {
	config   ClientConfig
	random   *rand.Rand
	hunt     hunt
	home     home
	slow     bool                              // the home has left a request unanswered since it answered last
	inbound  map[step.AssocID][]netip.AddrPort // associations that registrars opened
	requests requests
	elements []*element       // few: one for each pool that the program serves
	leaving  map[Ref]*element // those that are being deregistered
	actions  []step.Action    // of the step that is being made
}

// home is the association with the home registrar.
type home struct {
	assoc step.AssocID // 0: there is none
	id    wire.ServerID
	entry *registrar // nil if the registrar opened the association
	peer  []netip.AddrPort
}

// NewClient returns a client without associations. It draws from random.
func NewClient(config ClientConfig, random *rand.Rand) *Client {
	c := &Client{
		config:   config.withDefaults(),
		random:   random,
		inbound:  make(map[step.AssocID][]netip.AddrPort),
		requests: requests{resolutions: make(map[Token]*request)},
		leaving:  make(map[Ref]*element),
	}
	c.hunt = newHunt(c.config, random)
	return c
}

// Step takes an event at a time and returns what is to be done, in order.
func (c *Client) Step(now time.Time, ev step.Event) []step.Action {
	c.actions = nil
	switch ev := ev.(type) {
	case step.Up:
		c.associationUp(now, ev)
	case step.Down:
		c.associationDown(now, ev.Assoc)
	case step.DialFailed:
		c.hunt.failed(now, ev.Dial)
	case Received:
		c.received(now, ev)
	case step.Malformed:
		c.complain(ev.Assoc, asapmsg.ReportMalformed(ev.Data, ev.Err))
	case Heard:
		c.hunt.addAnnounced(now, ev)
	case Register:
		c.register(ev)
	case Update:
		c.update(ev)
	case Moved:
		c.moved(ev)
	case Deregister:
		c.deregister(ev)
	case Abandon:
		c.abandon(ev)
	case Resolve:
		c.resolve(ev)
	case Cancel:
		c.requests.cancel(ev.Token)
	case ReportUnreachable:
		c.report(ev)
	}
	c.expireRequests(now)
	c.renewElements(now)
	c.sendRequests(now)
	c.seekHome(now)
	return c.actions
}

// Deadline returns when the next Tick is due, zero if none is.
func (c *Client) Deadline() time.Time {
	d := c.hunt.deadline(c.Hunting())
	if len(c.requests.sent) > 0 {
		d = step.Earlier(d, c.requests.sent[0].deadline)
	}
	for _, e := range c.elements {
		if c.home.assoc != 0 {
			d = step.Earlier(d, e.renewAt)
		}
	}
	return d
}

// Home returns the home registrar's identifier as far as it is known, and whether
// there is one.
func (c *Client) Home() (wire.ServerID, bool) {
	id := c.home.id
	if id == 0 && c.home.entry != nil {
		id = c.home.entry.id // Announced since.
	}
	return id, c.home.assoc != 0
}

func (c *Client) do(a step.Action) { c.actions = append(c.actions, a) }

func (c *Client) send(assoc step.AssocID, m step.Message) {
	c.do(step.Send{Assoc: assoc, Message: m})
}

// Hunting reports whether a registrar is sought: there is need of one, and there is
// none or the home does not answer, which it may do still.
func (c *Client) Hunting() bool {
	return (len(c.elements) > 0 || c.requests.pending()) && (c.home.assoc == 0 || c.slow)
}

// seekHome goes on with the hunt. After a round without success, resolutions that
// have waited for too many rounds are given up.
func (c *Client) seekHome(now time.Time) {
	if !c.Hunting() {
		return
	}
	dials, roundOver := c.hunt.next(now, c.home.entry)
	for _, d := range dials {
		c.do(d)
	}
	if roundOver && c.home.assoc == 0 {
		c.roundFailed()
	}
}

func (c *Client) associationUp(now time.Time, ev step.Up) {
	entry, ours := c.hunt.succeeded(ev.Dial)
	switch {
	case ev.Assoc == c.home.assoc:
		if entry != nil && c.Hunting() {
			c.hunt.missed(now, entry) // Another home than this one was sought.
		}
	case !ours:
		// A registrar that opens the association says by a keep-alive what it wants.
		c.inbound[ev.Assoc] = ev.Peer
	case !c.Hunting():
		// Another one was faster. An association that the peer has opened, and that
		// the attempt has found, is the peer's to end.
		if _, theirs := c.inbound[ev.Assoc]; !theirs {
			c.do(step.End{Assoc: ev.Assoc})
		}
	default:
		next := home{assoc: ev.Assoc, entry: entry, peer: ev.Peer}
		if entry != nil {
			next.id = entry.id
			entry.proven = true
		}
		c.moveHome(now, next)
		c.registerAll()
	}
}

// moveHome makes an association the one with the home registrar, and has what the
// former one has not answered sent again.
func (c *Client) moveHome(now time.Time, next home) {
	if c.home.assoc != 0 {
		c.do(step.End{Assoc: c.home.assoc})
	}
	c.home = next
	c.hunt.found(now)
	c.unsendRequests()
	c.do(HomeChanged{ID: next.id, Peer: next.peer})
}

func (c *Client) associationDown(now time.Time, assoc step.AssocID) {
	delete(c.inbound, assoc)
	if assoc != c.home.assoc {
		return
	}
	c.hunt.lost(now, c.home.entry)
	c.home = home{}
	c.unsendRequests()
	c.do(HomeLost{})
}

func (c *Client) received(now time.Time, ev Received) {
	report, discard := asapmsg.ReportUnrecognized(ev.Message)
	c.complain(ev.Assoc, report)
	if discard {
		return
	}
	switch m := ev.Message.(type) {
	case *asapmsg.EndpointKeepAlive:
		c.keepAlive(now, ev.Assoc, m)
	case *asapmsg.RegistrationResponse:
		if r := c.answered(ev.Assoc, requestKey{asapmsg.TypeRegistration, m.PoolHandle, m.PEID}); r != nil {
			c.registrationAnswered(now, r.element, m.Reject, m.Causes)
		}
	case *asapmsg.DeregistrationResponse:
		if r := c.answered(ev.Assoc, requestKey{asapmsg.TypeDeregistration, m.PoolHandle, m.PEID}); r != nil {
			c.deregistered(r.element, m.Causes)
		}
	case *asapmsg.HandleResolutionResponse:
		if r := c.answered(ev.Assoc, requestKey{asapmsg.TypeHandleResolution, m.PoolHandle, 0}); r != nil {
			c.do(Resolved{Token: r.token, Policy: policyOf(m), Elements: m.PoolElements, Causes: m.Causes})
		}
	case *asapmsg.Error:
		// An error names no request. A registrar answers in order, so it is for the
		// oldest.
		if isSkipReport(m.Causes) {
			return
		}
		if r := c.answeredOldest(ev.Assoc); r != nil {
			c.refused(now, r, m.Causes)
		}
	}
}

// complain reports what is wrong with a message to the home registrar. Others may be
// anybody, and would have us keep as much as they send.
func (c *Client) complain(assoc step.AssocID, report *asapmsg.Error) {
	if report != nil && assoc == c.home.assoc {
		c.send(assoc, report)
	}
}

// policyOf returns the pool's policy; without one it is Round Robin
// (RFC 5352, 2.2.6).
func policyOf(m *asapmsg.HandleResolutionResponse) wire.Policy {
	if m.Policy == nil {
		return wire.Policy{Type: wire.RoundRobin}
	}
	return *m.Policy
}

// refused ends a request that the registrar could not make sense of.
func (c *Client) refused(now time.Time, r *request, causes []wire.ErrorCause) {
	switch r.key.typ {
	case asapmsg.TypeRegistration:
		// It may have been meant for something else, and the response still come.
		r.element.renewAt = now.Add(r.element.interval)
		c.registrationAnswered(now, r.element, true, causes)
	case asapmsg.TypeDeregistration:
		c.deregistered(r.element, causes)
	case asapmsg.TypeHandleResolution:
		c.do(Resolved{Token: r.token, Causes: causes})
	}
}
