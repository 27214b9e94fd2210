package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleKeepAlive acknowledges for the elements of a keep-alive (RFC 5352, 3.4). A registrar
// that has taken the elements over becomes the home.
func (c *Client) handleKeepAlive(now time.Time, assoc step.AssocID, m *asapmsg.EndpointKeepAlive) {
	var meant []*element
	for _, e := range c.elements.serving {
		if e.isMeant(m) {
			meant = append(meant, e)
		}
	}
	if len(meant) == 0 {
		return
	}
	// The acknowledgement comes before the end of the association with the former home, so
	// that the new home does not hear of the move from the former home first.
	for _, e := range meant {
		c.send(assoc, &asapmsg.EndpointKeepAliveAck{PoolHandle: e.pool, PEID: e.pe.ID})
	}
	switch {
	case assoc == c.home.assoc:
		c.home.id = m.ServerID
		if m.Home {
			c.noteTakeover(now, meant)
		}
	case m.Home:
		c.moveHome(now, home{assoc: assoc, id: m.ServerID, peer: c.inbound[assoc]})
		for _, e := range c.elements.serving {
			e.rejected = false // The new home has not refused the element.
		}
		c.noteTakeover(now, meant)
	}
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
