package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// addElement makes an element and registers it (RFC 5352, 3.1).
func (c *Client) addElement(ev Register) {
	e := &element{ref: ev.Ref, pool: ev.Pool, pe: ev.Element, interval: ev.Interval}
	if e.pe.ID == 0 {
		e.anyID = true
		c.drawID(e)
	}
	if c.elements.hasID(e.pool, e.pe.ID) {
		c.do(Rejected{Ref: e.ref, Causes: []wire.ErrorCause{{Code: wire.CauseNonUniquePEID}}})
		return
	}
	// A deregistration of the same element must not be repeated from now on.
	c.queue.drop(func(r *request) bool {
		isSame := r.key == requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID}
		if isSame {
			c.finishDeregistration(r.element, nil)
		}
		return isSame
	})
	c.elements.serving = append(c.elements.serving, e)
	c.requestRegistration(e)
}

// drawID draws an identifier (RFC 5352, 3.1: R2.2) that no other element of this client has.
func (c *Client) drawID(e *element) {
	for {
		id := wire.PEID(1 + c.random.Uint32N(0xfffffffe))
		if !c.elements.hasID(e.pool, id) {
			e.pe.ID = id
			return
		}
	}
}

// handleUpdate changes an element's policy.
func (c *Client) handleUpdate(ev Update) {
	if e := c.elements.find(ev.Ref); e != nil {
		e.pe.Policy = ev.Policy
		e.rejected = false
		c.requestRegistration(e)
	}
}

// handleMove changes an element's addresses.
func (c *Client) handleMove(ev Moved) {
	if e := c.elements.find(ev.Ref); e != nil {
		e.pe.UserTransport.Addrs = ev.Addrs
		e.rejected = false
		c.requestRegistration(e)
	}
}

// registerAll registers all elements with a new home registrar.
func (c *Client) registerAll() {
	for _, e := range c.elements.serving {
		e.registered, e.rejected = false, false
		c.requestRegistration(e)
	}
}

// requestRegistration queues a registration, unless a registration waits. A registration
// under way is followed by another. Without a home registrar, the next home gets it.
func (c *Client) requestRegistration(e *element) {
	e.changed = true
	e.renewAt = time.Time{}
	if c.home.assoc != 0 && e.request == nil {
		e.request = &request{key: requestKey{asapmsg.TypeRegistration, e.pool, e.pe.ID}, element: e}
		c.queue.add(e.request)
	}
}

// handleRegistrationResponse notes the registrar's response. Rejections that may pass by
// themselves do not end the attempts (ADR 0008, U2).
func (c *Client) handleRegistrationResponse(now time.Time, e *element, reject bool, causes []wire.ErrorCause) {
	switch {
	case !reject:
		e.redraws = 0
		e.renewAt = now.Add(e.interval)
		c.noteRegistration(e)
	case hasCause(causes, wire.CauseNonUniquePEID) && e.anyID && e.redraws < maxRedraws:
		e.redraws++
		e.registered, e.told = false, 0 // The registrar has another element.
		c.drawID(e)
		c.requestRegistration(e)
		return
	case hasCause(causes, wire.CauseLackOfResources), hasCause(causes, wire.CauseNonUniquePEID):
		e.renewAt = now.Add(e.interval)
		c.noteRejection(e, causes)
	default:
		// The registrar keeps an earlier registration.
		c.noteRejection(e, causes)
	}
	if e.changed {
		c.requestRegistration(e)
	}
}

// noteRegistration notes that the home registrar has an element, and tells the owner if it
// does not know yet.
func (c *Client) noteRegistration(e *element) {
	e.registered, e.rejected = true, false
	if e.told != c.home.assoc {
		e.told = c.home.assoc
		c.do(Registered{Ref: e.ref, ID: e.pe.ID, Home: c.home.id})
	}
}

// noteRejection notes that the home registrar has refused an element, and tells the owner.
func (c *Client) noteRejection(e *element, causes []wire.ErrorCause) {
	e.rejected, e.told = true, 0
	c.do(Rejected{Ref: e.ref, Causes: causes})
}

// renewElements registers elements again whose interval is over.
func (c *Client) renewElements(now time.Time) {
	if c.home.assoc == 0 {
		return
	}
	for _, e := range c.elements.serving {
		if e.isDue(now) {
			c.requestRegistration(e)
		}
	}
}

// maxRenewal bounds the time that an element waits to register after a takeover.
const maxRenewal = 5 * time.Second

// scheduleRenewal registers an element again after a short random time, unless it is to be
// registered at once.
func (c *Client) scheduleRenewal(now time.Time, e *element) {
	if !e.changed && e.request == nil {
		soon := time.Duration(c.random.Int64N(int64(min(e.interval/8, maxRenewal)) + 1))
		e.renewAt = step.Earlier(e.renewAt, now.Add(soon))
	}
}
