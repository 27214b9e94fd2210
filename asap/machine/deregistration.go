package machine

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// startDeregistration takes an element out of its pool (RFC 5352, 3.2). No message is needed
// if no registrar can have the element.
func (c *Client) startDeregistration(ev Deregister) {
	e := c.elements.find(ev.Ref)
	if e == nil {
		if _, isLeaving := c.elements.leaving[ev.Ref]; !isLeaving {
			c.do(Deregistered{Ref: ev.Ref})
		}
		return
	}
	c.elements.remove(e)
	isKnown := e.isKnown()
	if e.request != nil {
		c.queue.drop(func(r *request) bool { return r == e.request })
	}
	if !isKnown {
		c.do(Deregistered{Ref: e.ref})
		return
	}
	c.elements.leaving[e.ref] = e
	e.request = &request{
		key:     requestKey{asapmsg.TypeDeregistration, e.pool, e.pe.ID},
		message: &asapmsg.Deregistration{PoolHandle: e.pool, PEID: e.pe.ID},
		element: e,
	}
	c.queue.add(e.request)
}

// abandonDeregistration gives up a deregistration.
func (c *Client) abandonDeregistration(ev Abandon) {
	if e := c.elements.leaving[ev.Ref]; e != nil {
		delete(c.elements.leaving, ev.Ref)
		c.queue.drop(func(r *request) bool { return r == e.request })
	}
}

// finishDeregistration tells the result of a deregistration.
func (c *Client) finishDeregistration(e *element, causes []wire.ErrorCause) {
	delete(c.elements.leaving, e.ref)
	c.do(Deregistered{Ref: e.ref, Causes: causes})
}
