package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// acknowledge acknowledges a keep-alive for elements.
func (c *Client) acknowledge(assoc step.AssocID, meant []*element) {
	for _, e := range meant {
		c.send(assoc, &asapmsg.EndpointKeepAliveAck{PoolHandle: e.pool, PEID: e.pe.ID})
	}
}

// followTakeover makes a registrar the home that has taken elements over.
func (c *Client) followTakeover(now time.Time, next home, meant []*element) {
	c.moveHome(now, next)
	for _, e := range c.elements.serving {
		e.rejected = false // The new home has not refused the element.
	}
	c.noteTakeover(now, meant)
}

// noteTakeover notes that the new home registrar has elements already (RFC 5353, 3.5). The
// new home may have missed our last update, and the old home drops elements whose entries
// differ. All elements are registered again soon, spread over time, since the registrar may
// have taken over many.
func (c *Client) noteTakeover(now time.Time, meant []*element) {
	for _, e := range meant {
		c.noteRegistration(e)
		c.scheduleRenewal(now, e)
	}
	for _, e := range c.elements.serving {
		switch {
		case e.rejected:
		case e.changed || !e.registered:
			c.requestRegistration(e)
		case e.told != c.home.assoc:
			c.scheduleRenewal(now, e)
		}
	}
}
