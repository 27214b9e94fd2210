package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/scope"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Ref identifies an element of this client. It is the owner's to choose.
type Ref uint64

// Register makes a pool element (RFC 5352, 3.1). Registered or Rejected answers,
// and again whenever that changes.
type Register struct {
	Ref  Ref
	Pool wire.PoolHandle
	// Element is the element with its user transport at all addresses of the host.
	// Those that a registrar cannot use are left out of what it is sent. An
	// identifier of 0 is replaced by one drawn at random, and by another if it
	// turns out to be taken.
	Element wire.PoolElement
	// Interval is the time between registrations (RFC 5352: T4-reregistration).
	Interval time.Duration
}

// Update changes an element's policy, and has it registered again at once.
type Update struct {
	Ref    Ref
	Policy wire.Policy
}

// Moved tells that the addresses of the element's host have changed. It is registered
// again at once.
type Moved struct {
	Ref   Ref
	Addrs []netip.Addr
}

// Deregister takes an element out of its pool (RFC 5352, 3.2). Deregistered
// answers.
type Deregister struct{ Ref Ref }

// Abandon gives up a deregistration: no Deregistered follows.
type Abandon struct{ Ref Ref }

func (Register) IsEvent()   {}
func (Update) IsEvent()     {}
func (Moved) IsEvent()      {}
func (Deregister) IsEvent() {}
func (Abandon) IsEvent()    {}

// Registered tells that a registrar has an element now that it had not before, or
// had refused.
type Registered struct {
	Ref  Ref
	ID   wire.PEID
	Home wire.ServerID
}

// Rejected tells that a registrar has refused an element. It is not tried again
// until an Update (RFC 5352, 3.1) or at another registrar, unless this one lacked
// resources, has another element with the identifier, or has sent but an error message:
// all that may pass.
type Rejected struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

// Deregistered tells that an element is out of its pool, or why it is not.
type Deregistered struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

func (Registered) IsAction()   {}
func (Rejected) IsAction()     {}
func (Deregistered) IsAction() {}

// element is a pool element of this client.
type element struct {
	ref        Ref
	pool       wire.PoolHandle
	pe         wire.PoolElement
	interval   time.Duration
	renewAt    time.Time    // zero: not before something happens
	anyID      bool         // the identifier is ours to choose
	redraws    int          // how often it has been chosen anew
	registered bool         // the home registrar has it
	rejected   bool         // and the newest registration was refused
	told       step.AssocID // the home at which the owner knows it to be registered
	changed    bool         // since a registration was last sent
	request    *request     // the registration or deregistration under way, nil: none
}

// maxRedraws bounds how many identifiers are tried: that even two in a row are taken
// does not happen by chance.
const maxRedraws = 8

func (c *Client) element(ref Ref) *element {
	i := slices.IndexFunc(c.elements, func(e *element) bool { return e.ref == ref })
	if i < 0 {
		return nil
	}
	return c.elements[i]
}

func (c *Client) register(ev Register) {
	e := &element{ref: ev.Ref, pool: ev.Pool, pe: ev.Element, interval: ev.Interval}
	if e.pe.ID == 0 {
		e.anyID = true
		c.drawID(e)
	}
	if c.has(e.pool, e.pe.ID) {
		c.do(Rejected{Ref: e.ref, Causes: []wire.ErrorCause{{Code: wire.CauseNonUniquePEID}}})
		return
	}
	// If it is to leave the pool still, that must not be repeated from now on.
	c.requests.drop(func(r *request) bool {
		same := r.key == requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID}
		if same {
			c.deregistered(r.element, nil)
		}
		return same
	})
	c.elements = append(c.elements, e)
	c.requestRegistration(e)
}

// drawID draws an identifier (RFC 5352, 3.1: R2.2) that no other element of this
// client has.
func (c *Client) drawID(e *element) {
	for {
		id := wire.PEID(1 + c.random.Uint32N(0xfffffffe))
		if !c.has(e.pool, id) {
			e.pe.ID = id
			return
		}
	}
}

func (c *Client) has(pool wire.PoolHandle, id wire.PEID) bool {
	return slices.ContainsFunc(c.elements, func(e *element) bool { return e.pool == pool && e.pe.ID == id })
}

func (c *Client) update(ev Update) {
	if e := c.element(ev.Ref); e != nil {
		e.pe.Policy = ev.Policy
		e.rejected = false
		c.requestRegistration(e)
	}
}

func (c *Client) moved(ev Moved) {
	if e := c.element(ev.Ref); e != nil {
		e.pe.UserTransport.Addrs = ev.Addrs
		e.rejected = false
		c.requestRegistration(e)
	}
}

// registerAll registers all elements with a new home registrar.
func (c *Client) registerAll() {
	for _, e := range c.elements {
		e.registered, e.rejected = false, false
		c.requestRegistration(e)
	}
}

// ElementID returns the identifier of an element, 0 if there is no such element. One
// that is drawn at random may change until a registrar has it.
func (c *Client) ElementID(ref Ref) wire.PEID {
	if e := c.element(ref); e != nil {
		return e.pe.ID
	}
	return 0
}

// requestRegistration queues a registration, unless one waits. One that is under
// way is followed by another; without a home registrar, it is made when there is one.
func (c *Client) requestRegistration(e *element) {
	e.changed = true
	e.renewAt = time.Time{}
	if c.home.assoc != 0 && e.request == nil {
		c.ask(e, &request{key: requestKey{asapmsg.TypeRegistration, e.pool, e.pe.ID}})
	}
}

// ask queues a request that concerns an element.
func (c *Client) ask(e *element, r *request) {
	r.element = e
	e.request = r
	c.requests.add(r)
}

// registration returns the registration of an element as it is now.
func (c *Client) registration(e *element) asapmsg.Message {
	e.changed = false
	m := &asapmsg.Registration{PoolHandle: e.pool, PoolElement: e.pe}
	m.PoolElement.HomeID = c.home.id
	// The deployed implementation refuses an element with an address that it cannot
	// use, or skips that address. If there is no other, it is the one to say so.
	if usable := scope.Auto.Filter(e.pe.UserTransport.Addrs, scope.IsLocal(c.home.peer)); len(usable) > 0 {
		m.PoolElement.UserTransport.Addrs = usable
	}
	return m
}

// registrationAnswered notes the registrar's response.
func (c *Client) registrationAnswered(now time.Time, e *element, reject bool, causes []wire.ErrorCause) {
	switch {
	case !reject:
		e.redraws = 0
		e.renewAt = now.Add(e.interval)
		c.registered(e)
	case hasCause(causes, wire.CauseNonUniquePEID) && e.anyID && e.redraws < maxRedraws:
		e.redraws++
		e.registered, e.told = false, 0 // Somebody else is.
		c.drawID(e)
		c.requestRegistration(e)
		return
	case hasCause(causes, wire.CauseLackOfResources), hasCause(causes, wire.CauseNonUniquePEID):
		e.renewAt = now.Add(e.interval)
		c.rejected(e, causes)
	default:
		// What the registrar had before it still has.
		c.rejected(e, causes)
	}
	if e.changed {
		c.requestRegistration(e)
	}
}

// registered notes that the home registrar has an element, and tells if that is news.
func (c *Client) registered(e *element) {
	e.registered, e.rejected = true, false
	if e.told != c.home.assoc {
		e.told = c.home.assoc
		c.do(Registered{Ref: e.ref, ID: e.pe.ID, Home: c.home.id})
	}
}

func (c *Client) rejected(e *element, causes []wire.ErrorCause) {
	e.rejected, e.told = true, 0
	c.do(Rejected{Ref: e.ref, Causes: causes})
}

// renewElements registers elements again whose interval is over.
func (c *Client) renewElements(now time.Time) {
	if c.home.assoc == 0 {
		return
	}
	for _, e := range c.elements {
		if !e.renewAt.IsZero() && !now.Before(e.renewAt) {
			c.requestRegistration(e)
		}
	}
}

func (c *Client) deregister(ev Deregister) {
	e := c.element(ev.Ref)
	if e == nil {
		if _, leaving := c.leaving[ev.Ref]; !leaving {
			c.do(Deregistered{Ref: ev.Ref})
		}
		return
	}
	c.elements = slices.DeleteFunc(c.elements, func(x *element) bool { return x == e })
	known := e.registered || e.request != nil && !e.request.deadline.IsZero()
	if e.request != nil {
		c.requests.drop(func(r *request) bool { return r == e.request })
	}
	if !known {
		c.do(Deregistered{Ref: e.ref})
		return
	}
	c.leaving[e.ref] = e
	c.ask(e, &request{
		key:     requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID},
		message: &asapmsg.Deregistration{PoolHandle: e.pool, PEID: e.pe.ID},
	})
}

func (c *Client) abandon(ev Abandon) {
	if e := c.leaving[ev.Ref]; e != nil {
		delete(c.leaving, ev.Ref)
		c.requests.drop(func(r *request) bool { return r == e.request })
	}
}

func (c *Client) deregistered(e *element, causes []wire.ErrorCause) {
	delete(c.leaving, e.ref)
	c.do(Deregistered{Ref: e.ref, Causes: causes})
}

// keepAlive acknowledges for the elements that are meant (RFC 5352, 3.4), and
// follows a registrar that has taken them over.
func (c *Client) keepAlive(now time.Time, assoc step.AssocID, m *asapmsg.EndpointKeepAlive) {
	var meant []*element
	for _, e := range c.elements {
		if e.pool == m.PoolHandle && (m.PEID == 0 || m.PEID == e.pe.ID) {
			meant = append(meant, e)
		}
	}
	if len(meant) == 0 {
		return
	}
	// Before the former home hears of the move: it must not be the one to tell.
	for _, e := range meant {
		c.send(assoc, &asapmsg.EndpointKeepAliveAck{PoolHandle: e.pool, PEID: e.pe.ID})
	}
	switch {
	case assoc == c.home.assoc:
		c.home.id = m.ServerID
		if m.Home {
			c.takenOver(now, meant)
		}
	case m.Home:
		c.moveHome(now, home{assoc: assoc, id: m.ServerID, peer: c.inbound[assoc]})
		for _, e := range c.elements {
			e.rejected = false // This one has not refused it.
		}
		c.takenOver(now, meant)
	}
}

// maxRenewal bounds how long an element that has been taken over waits to register.
const maxRenewal = 5 * time.Second

// takenOver notes that the new home registrar has elements already (RFC 5353, 3.5).
// It may not have heard of their last change, and the former one lets others go that it
// does not say the same of, so all are registered anew soon. But not all at once, since
// many may have been taken over.
func (c *Client) takenOver(now time.Time, meant []*element) {
	for _, e := range meant {
		c.registered(e)
		c.renewSoon(now, e)
	}
	for _, e := range c.elements {
		switch {
		case e.rejected:
		case e.changed || !e.registered:
			c.requestRegistration(e)
		case e.told != c.home.assoc:
			c.renewSoon(now, e)
		}
	}
}

// renewSoon has an element registered anew after a short time that differs from that of
// others, unless it is to be registered at once.
func (c *Client) renewSoon(now time.Time, e *element) {
	if !e.changed && e.request == nil {
		soon := time.Duration(c.random.Int64N(int64(min(e.interval/8, maxRenewal)) + 1))
		e.renewAt = step.Earlier(e.renewAt, now.Add(soon))
	}
}

func hasCause(causes []wire.ErrorCause, code wire.CauseCode) bool {
	return slices.ContainsFunc(causes, func(c wire.ErrorCause) bool { return c.Code == code })
}
