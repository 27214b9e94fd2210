package machine

import (
	"slices"
	"time"

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
	// Those that a registrar cannot use are left out of what it is sent.
	Element wire.PoolElement
	// Interval is the time between registrations (RFC 5352: T4-reregistration).
	Interval time.Duration
}

// Update changes an element's policy, and has it registered again at once.
type Update struct {
	Ref    Ref
	Policy wire.Policy
}

// Deregister takes an element out of its pool (RFC 5352, 3.2). Deregistered
// answers.
type Deregister struct{ Ref Ref }

func (Register) event()   {}
func (Update) event()     {}
func (Deregister) event() {}

// Registered tells that a registrar has an element now that it had not before.
type Registered struct {
	Ref  Ref
	Home wire.ServerID
}

// Rejected tells that a registrar has refused an element. It is not tried again
// until an Update (RFC 5352, 3.1), unless the registrar lacked resources.
type Rejected struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

// Deregistered tells that an element is out of its pool, or why it is not.
type Deregistered struct {
	Ref    Ref
	Causes []wire.ErrorCause
}

func (Registered) action()   {}
func (Rejected) action()     {}
func (Deregistered) action() {}

// element is a pool element of this client.
type element struct {
	ref        Ref
	pool       wire.PoolHandle
	pe         wire.PoolElement
	interval   time.Duration
	renewAt    time.Time // zero: not before something happens
	registered bool      // with the home registrar
	rejected   bool
	changed    bool // since the registration that is under way was sent
}

func (c *Client) element(ref Ref) *element {
	i := slices.IndexFunc(c.elements, func(e *element) bool { return e.ref == ref })
	if i < 0 {
		return nil
	}
	return c.elements[i]
}

func (c *Client) register(ev Register) {
	e := &element{ref: ev.Ref, pool: ev.Pool, pe: ev.Element, interval: ev.Interval}
	c.elements = append(c.elements, e)
	c.requestRegistration(e)
}

func (c *Client) update(ev Update) {
	if e := c.element(ev.Ref); e != nil {
		e.pe.Policy = ev.Policy
		e.rejected = false
		c.requestRegistration(e)
	}
}

// registerAll registers all elements with a new home registrar.
func (c *Client) registerAll() {
	for _, e := range c.elements {
		e.registered = false
		if !e.rejected {
			c.requestRegistration(e)
		}
	}
}

// requestRegistration queues a registration, unless one waits. One that is under
// way is followed by another.
func (c *Client) requestRegistration(e *element) {
	if c.home.assoc == 0 {
		return // It is made when there is a home.
	}
	i := slices.IndexFunc(c.requests, func(r *request) bool { return r.element == e })
	if i >= 0 && c.requests[i].sent {
		e.changed = true
		return
	}
	m := &asapmsg.Registration{PoolHandle: e.pool, PoolElement: e.pe}
	m.PoolElement.HomeID = c.home.id
	// The deployed implementation refuses an element with an address that it cannot
	// use, or skips that address.
	m.PoolElement.UserTransport.Addrs = ScopeAuto.filter(e.pe.UserTransport.Addrs, isLocal(c.home.peer))
	e.renewAt = time.Time{}
	if i >= 0 {
		c.requests[i].message = m
		return
	}
	key := requestKey{asapmsg.TypeRegistration, e.pool, e.pe.ID}
	c.requests = append(c.requests, &request{key: key, message: m, element: e})
}

// registrationAnswered notes the registrar's response.
func (c *Client) registrationAnswered(now time.Time, e *element, reject bool, causes []wire.ErrorCause) {
	switch {
	case !reject:
		if !e.registered {
			c.do(Registered{Ref: e.ref, Home: c.home.id})
		}
		e.registered, e.rejected = true, false
		e.renewAt = now.Add(e.interval)
	case hasCause(causes, wire.CauseLackOfResources):
		e.renewAt = now.Add(e.interval)
		c.do(Rejected{Ref: e.ref, Causes: causes})
	default:
		e.registered, e.rejected = false, true
		c.do(Rejected{Ref: e.ref, Causes: causes})
	}
	if e.changed {
		e.changed, e.rejected = false, false
		c.requestRegistration(e)
	}
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
		return
	}
	c.elements = slices.DeleteFunc(c.elements, func(x *element) bool { return x == e })
	known := e.registered || slices.ContainsFunc(c.requests, func(r *request) bool { return r.element == e && r.sent })
	c.drop(func(r *request) bool { return r.element == e })
	if !known {
		c.do(Deregistered{Ref: e.ref})
		return
	}
	c.requests = append(c.requests, &request{
		key:     requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID},
		message: &asapmsg.Deregistration{PoolHandle: e.pool, PEID: e.pe.ID},
		element: e,
	})
}

func (c *Client) deregistered(e *element, causes []wire.ErrorCause) {
	c.do(Deregistered{Ref: e.ref, Causes: causes})
}

// keepAlive acknowledges for the elements that are meant (RFC 5352, 3.4), and
// follows a registrar that has taken them over.
func (c *Client) keepAlive(now time.Time, assoc AssocID, m *asapmsg.EndpointKeepAlive) {
	var meant []*element
	for _, e := range c.elements {
		if e.pool == m.PoolHandle && (m.PEID == 0 || m.PEID == e.pe.ID) {
			meant = append(meant, e)
		}
	}
	if len(meant) == 0 {
		return
	}
	switch {
	case assoc == c.home.assoc:
		c.home.id = m.ServerID
	case m.Home:
		// It has the elements already (RFC 5353, 3.5): they are not registered anew
		// before their time.
		c.moveHome(home{assoc: assoc, id: m.ServerID, peer: c.inbound[assoc]})
		for _, e := range meant {
			e.registered = true
			if e.renewAt.IsZero() {
				e.renewAt = now.Add(e.interval)
			}
		}
	}
	for _, e := range meant {
		c.send(assoc, &asapmsg.EndpointKeepAliveAck{PoolHandle: e.pool, PEID: e.pe.ID})
	}
}

func hasCause(causes []wire.ErrorCause, code wire.CauseCode) bool {
	return slices.ContainsFunc(causes, func(c wire.ErrorCause) bool { return c.Code == code })
}
