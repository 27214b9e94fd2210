package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// connections connects peers to associations, and cleans up when a connection or a peer is
// gone.
type connections struct {
	out     *outbox
	peers   *peers
	assocs  *associations
	claims  *claims
	startup *startup
}

// assign takes note that a peer speaks on an association, and assigns the association to the
// peer if no association of the peer is newer. Peers that were expected there are displaced.
func (c *connections) assign(now time.Time, p *peer, assoc step.AssocID) {
	a := c.assocs.find(assoc)
	isFirst, isNewer := a.speaker == 0, c.assocs.isNewer(assoc, p.assoc)
	a.speaker = p.id
	if isNewer {
		c.disconnect(now, p)
	}
	if isFirst || isNewer {
		for _, q := range c.findOn(assoc) {
			if q != p {
				c.displace(now, q, p)
			}
		}
	}
	if isNewer {
		p.assoc = assoc
		p.addrs = a.addrs
	}
}

// findOn returns the peers on an association.
func (c *connections) findOn(assoc step.AssocID) []*peer {
	var on []*peer
	for _, p := range c.peers.all {
		if p.assoc == assoc {
			on = append(on, p)
		}
	}
	return on
}

// displace disconnects a peer at whose address another peer is found. Either the registrar
// there has restarted with another identifier, or its identifier was not known.
func (c *connections) displace(now time.Time, p, by *peer) {
	c.disconnect(now, p)
	if p.id == 0 {
		by.configured = slices.Concat(by.configured, p.configured)
		c.peers.remove(p)
	}
}

// disconnect takes note that a peer has no association any more. Messages may be lost, and
// a table starts over on another association.
func (c *connections) disconnect(now time.Time, p *peer) {
	p.assoc = 0
	p.upload = upload{}
	p.replica.isSuspect = true
	c.startup.cancelDownload(now, p)
	p.replica.isMidTable = false
}

// remove removes a peer, from which the given number of elements was taken over. A
// configured peer stays, to be found again.
func (c *connections) remove(now time.Time, p *peer, elements int) {
	c.out.add(PeerLost{ID: p.id, Elements: elements})
	c.startup.cancelDownload(now, p)
	c.claims.forget(p.id)
	if p.isConnected() {
		c.out.add(step.Abort{Assoc: p.assoc, Reason: "peer is silent"})
	}
	// Callers up the stack may still hold p, and find nothing left to do.
	*p = peer{addrs: p.configured, configured: p.configured}
	if p.configured == nil {
		c.peers.remove(p)
	}
}
