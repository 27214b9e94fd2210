package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// claims are elements of ours that peers call their own. Such a claim is true if the
// element has found another home. Otherwise the claim is out of date, because the message was
// delayed, or comes from beyond a partition. So the element itself is asked
// (ADR 0008, R6).
type claims struct {
	own    *registrar
	out    *outbox
	peers  *peers
	editor *editor

	pending  map[elementKey]claim
	conceded []claim // for elements that are no longer ours
}

// elementKey identifies an element.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

// claim is an element in the words of a peer.
type claim struct {
	peer wire.ServerID
	pool wire.PoolHandle
	pe   wire.PoolElement
	rtt  time.Duration
}

// contest has an element verified that a peer claims, and reports whether the element is
// ours as far as we know. While we leave, peers are welcome to our elements. A claim with an
// element that is too long for the handlespace is not kept: the element stays as it is.
func (c *claims) contest(p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) bool {
	e := c.own.hs.Find(pool, pe.ID)
	if e == nil || e.HomeID() != c.own.id() || e.Association() == 0 || c.own.isLeaving ||
		pe.EncodedLen() > handlespace.MaxElementLen {
		return false
	}
	c.pending[elementKey{pool, pe.ID}] = claim{p.id, pool, *pe, rtt}
	c.out.add(Verify{Pool: pool, ID: pe.ID})
	return true
}

// confirm ends a claim to an element that is still ours. It returns the element, nil if no
// claim is pending or the element is gone.
func (c *claims) confirm(pool wire.PoolHandle, id wire.PEID) *handlespace.Element {
	key := elementKey{pool, id}
	if _, isPending := c.pending[key]; !isPending {
		return nil
	}
	delete(c.pending, key)
	e := c.own.hs.Find(pool, id)
	if e == nil || e.HomeID() != c.own.id() {
		return nil
	}
	return e
}

// concede accepts a claim to an element that is no longer ours.
func (c *claims) concede(e *handlespace.Element) {
	key := elementKey{e.PoolHandle(), e.ID()}
	if claim, isPending := c.pending[key]; isPending {
		delete(c.pending, key)
		c.conceded = append(c.conceded, claim)
	}
}

// settle enters the conceded elements as elements of the peers. It waits for the end of the
// change of the handlespace that concede is called from.
func (c *claims) settle(now time.Time) {
	conceded := c.conceded
	c.conceded = nil
	for i := range conceded {
		claim := &conceded[i]
		if c.peers.find(claim.peer) != nil && c.own.hs.Find(claim.pool, claim.pe.ID) == nil {
			c.editor.enter(now, claim.pool, &claim.pe, claim.rtt)
		}
	}
}

// withdraw drops the claim of a peer that has removed the element.
func (c *claims) withdraw(peer wire.ServerID, pool wire.PoolHandle, id wire.PEID) {
	key := elementKey{pool, id}
	if claim, isPending := c.pending[key]; isPending && claim.peer == peer {
		delete(c.pending, key)
	}
}

// forget drops all claims of a peer that is gone.
func (c *claims) forget(peer wire.ServerID) {
	for key, claim := range c.pending {
		if claim.peer == peer {
			delete(c.pending, key)
		}
	}
}
