package machine

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// noteClaim notes that an unknown registrar has taken elements over, and probes the home. While
// another unknown registrar is considered, the claim has no effect.
func (c *Client) noteClaim(now time.Time, next *home, meant []*element) {
	s := &c.stranger
	switch s.assoc {
	case next.assoc:
	case 0:
		*s = stranger{home: *next, ackAt: now.Add(strangerPatience)}
		if c.home.assoc != 0 {
			c.probeHome(meant[0])
		}
	default:
		return
	}
	for _, e := range meant {
		e.claimed = next.assoc
	}
	if s.ackAt.IsZero() && !s.isRefused() {
		c.acknowledge(s.assoc, meant)
	}
}

// probeHome asks the home for elements of a pool, in order to learn whether the home lives.
func (c *Client) probeHome(e *element) {
	c.stranger.probe = &request{
		key:     requestKey{asapmsg.TypeHandleResolution, e.pool, 0},
		message: &asapmsg.HandleResolution{PoolHandle: e.pool, Items: 1},
		probe:   true,
	}
	c.queue.add(c.stranger.probe)
}

// settleClaim decides about an unknown registrar, once the home has answered the probe or has
// failed to, and once the home is lost.
func (c *Client) settleClaim(now time.Time) {
	s := &c.stranger
	switch {
	case s.assoc == 0:
	case c.home.assoc == 0 || s.isHomeSilent:
		c.followStranger(now)
	case s.probe != nil:
		if !s.ackAt.IsZero() && !now.Before(s.ackAt) {
			s.ackAt = time.Time{}
			c.acknowledge(s.assoc, c.elements.claimedBy(s))
		}
	case !s.isRefused():
		s.until = now.Add(strangerTimeout)
		c.refuseRegistrar(now, &s.home)
	case !now.Before(s.until):
		c.dropStranger(now)
	}
}

// followStranger makes the unknown registrar the home.
func (c *Client) followStranger(now time.Time) {
	s := c.stranger
	claimed := c.elements.claimedBy(&s)
	c.forgetStranger()
	c.acknowledge(s.assoc, claimed)
	c.do(UnknownRegistrar{ID: s.id, Peer: s.peer, Followed: true})
	c.followTakeover(now, s.home, claimed)
}

// dropStranger ends the association with the unknown registrar. A registrar of the pool removes the
// elements that were acknowledged before the home answered, so they are registered again.
func (c *Client) dropStranger(now time.Time) {
	s := c.stranger
	c.forgetStranger()
	c.end(s.assoc)
	for _, e := range c.elements.claimedBy(&s) {
		if s.ackAt.IsZero() && !e.rejected {
			c.scheduleRenewal(now, e)
		}
	}
}

// claimedBy returns the serving elements that an unknown registrar has taken over.
func (s *elements) claimedBy(by *stranger) []*element {
	return slices.DeleteFunc(slices.Clone(s.serving), func(e *element) bool { return !by.claims(e) })
}

// refuseRegistrar tells that an unknown registrar is refused, unless a refusal was told lately.
func (c *Client) refuseRegistrar(now time.Time, r *home) {
	if now.Sub(c.warned) >= refusalInterval {
		c.warned = now
		c.do(UnknownRegistrar{ID: r.id, Peer: r.peer})
	}
}

// end ends an association that a registrar has opened.
func (c *Client) end(assoc step.AssocID) {
	c.dropInbound(assoc)
	c.do(step.End{Assoc: assoc})
}
