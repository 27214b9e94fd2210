package machine

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleKeepAlive acknowledges for the elements of a keep-alive (RFC 5352, 3.4). A known
// registrar that has taken the elements over becomes the home. An unknown registrar claims them
// first, and is acknowledged later.
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
	next := home{assoc: assoc, id: m.ServerID}
	i := c.findInbound(assoc) // Other associations than the home end soon.
	isInbound := i >= 0
	if isInbound {
		next.peer = c.inbound[i].peer
	}
	isMove := m.Home && assoc != c.home.assoc
	isKnown := isInbound && c.hunt.isKnown(now, next.peer)
	if isMove && !isKnown && c.config.TrustRegistrars == TrustConfigured {
		if isInbound {
			c.refuseRegistrar(now, &next)
			c.end(assoc)
		}
		return
	}
	switch {
	case isMove && isInbound && !isKnown:
		c.noteClaim(now, &next, meant)
		return
	case assoc == c.stranger.assoc && c.stranger.isRefused() && !isKnown:
		return
	}
	// The acknowledgement comes before the end of the association with the former home, so
	// that the new home does not hear of the move from the former home first.
	c.acknowledge(assoc, meant)
	switch {
	case assoc == c.home.assoc:
		c.home.id = m.ServerID
		if m.Contested {
			c.noteContest(now, meant)
		}
		if m.Home {
			c.noteTakeover(now, meant)
		}
	case isMove && isKnown:
		c.followTakeover(now, next, meant)
	}
}

// contestInterval is the least time between two reports of contests for an element.
const contestInterval = time.Minute

// noteContest tells that another process uses the identifiers of elements.
func (c *Client) noteContest(now time.Time, meant []*element) {
	for _, e := range meant {
		if now.Sub(e.contested) >= contestInterval {
			e.contested = now
			c.do(Contested{Ref: e.ref})
		}
	}
}
