package machine

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// handleAssociationUp handles the success of an attempt, or an association that a registrar
// opens.
func (c *Client) handleAssociationUp(now time.Time, ev step.Up) {
	entry, isOurs := c.hunt.takeDial(ev.Dial)
	switch {
	case ev.Assoc == c.home.assoc:
		if entry != nil && c.Hunting() {
			c.hunt.noteFailure(now, entry) // The hunt needs another home.
		}
	case !isOurs:
		// The registrar tells its reason by a keep-alive.
		c.addInbound(ev)
	case !c.Hunting():
		// Another registrar was faster. If the attempt has found an association that the
		// peer opened, the peer ends it.
		if c.findInbound(ev.Assoc) < 0 {
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

// maxInbound bounds the associations that peers have opened: anybody can.
const maxInbound = 64

// inbound is an association that a peer has opened.
type inbound struct {
	assoc step.AssocID
	peer  []netip.AddrPort
}

// addInbound notes an association that a peer has opened. The oldest makes room for it, so that a
// flood does not keep registrars out for long.
func (c *Client) addInbound(ev step.Up) {
	c.dropInbound(ev.Assoc)
	c.inbound = append(c.inbound, inbound{ev.Assoc, ev.Peer})
	if len(c.inbound) <= maxInbound {
		return
	}
	oldest := c.inbound[0].assoc
	if oldest == c.home.assoc {
		oldest = c.inbound[1].assoc
	}
	c.dropInbound(oldest)
	c.do(step.Abort{Assoc: oldest, Reason: "too many associations"})
}

// findInbound returns the index of an association that a peer has opened, -1 if the peer has not.
func (c *Client) findInbound(assoc step.AssocID) int {
	return slices.IndexFunc(c.inbound, func(in inbound) bool { return in.assoc == assoc })
}

func (c *Client) dropInbound(assoc step.AssocID) {
	if i := c.findInbound(assoc); i >= 0 {
		c.inbound = slices.Delete(c.inbound, i, i+1)
	}
}

// handleAssociationDown begins a hunt if the home registrar is lost.
func (c *Client) handleAssociationDown(now time.Time, assoc step.AssocID) {
	c.dropInbound(assoc)
	if assoc == c.stranger.assoc {
		c.forgetStranger()
	}
	if assoc != c.home.assoc {
		return
	}
	c.hunt.noteLoss(now, c.home.entry)
	c.home = home{}
	c.queue.unsendAll()
	c.do(HomeLost{})
}

// moveHome changes the home registrar. Requests that the former home has not answered are
// sent again.
func (c *Client) moveHome(now time.Time, next home) {
	if c.home.assoc != 0 {
		c.do(step.End{Assoc: c.home.assoc})
	}
	if next.assoc == c.stranger.assoc {
		c.forgetStranger()
	}
	c.home = next
	c.hunt.finish(now)
	c.queue.unsendAll()
	c.do(HomeChanged{ID: next.id, Peer: next.peer})
}

// forgetStranger ends the consideration of an unknown registrar.
func (c *Client) forgetStranger() {
	if c.stranger.probe != nil {
		c.queue.withdraw(c.stranger.probe)
	}
	c.stranger = stranger{}
}

// continueHunt starts the attempts of the hunt that are due, and counts its rounds.
func (c *Client) continueHunt(now time.Time) {
	if !c.Hunting() {
		c.lookedUp = false
		return
	}
	dials, isRoundOver := c.hunt.startDials(now, c.home.entry)
	for _, d := range dials {
		c.do(d)
	}
	c.lookUpRegistrars(isRoundOver)
	if isRoundOver && c.home.assoc == 0 {
		c.failRound()
	}
}
