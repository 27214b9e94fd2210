package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// refutationInterval is the time for which an element of ours is not asked again, once it has twice
// refuted claims.
const refutationInterval = 10 * time.Second

// claims are elements of ours that peers call their own. Such a claim is true if the
// element has found another home. Otherwise the claim is out of date, because the message was
// delayed, or comes from beyond a partition. So the element itself is asked
// (ADR 0008, R6).
//
// Or two elements share an identifier, and each has its own home. Both homes claim the element, and
// each claim is refuted. Each home keeps its element, and asks no more for a while: otherwise the
// claims would follow each other without a pause.
type claims struct {
	own    *registrar
	out    *outbox
	peers  *peers
	editor *editor

	pending  map[elementKey]claim // at most maxClaims
	conceded []claim              // for elements that are no longer ours

	refuted map[elementKey]*refutation
	expiry  []*refutation // in the order of their ends, about maxClaims at most
}

// refutation is the acknowledgement of an element of ours that a peer has claimed.
type refutation struct {
	key      elementKey
	end      time.Time
	insisted bool // the element has been claimed again
}

// maxClaims bounds the number of claims, because any peer can claim all of our elements. Elements
// beyond it stay ours until a later audit.
const maxClaims = 16384

// elementKey identifies an element.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

// claim is an element in the words of a peer.
type claim struct {
	peer  wire.ServerID
	pool  wire.PoolHandle
	pe    wire.PoolElement
	rtt   time.Duration
	asked bool // the element is being asked, so that the claim is confirmed or conceded
}

// contest has an element verified that a peer claims, and reports whether the element is
// ours as far as we know. While we leave, peers are welcome to our elements. A claim with an
// element that is too long for the handlespace is not kept: the element stays as it is.
func (c *claims) contest(now time.Time, p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) bool {
	e := c.own.hs.Find(pool, pe.ID)
	if e == nil || e.HomeID() != c.own.id() || e.Association() == 0 || c.own.isLeaving ||
		pe.EncodedLen() > handlespace.MaxElementLen {
		return false
	}
	key := elementKey{pool, pe.ID}
	former, isPending := c.pending[key]
	if !isPending && max(len(c.pending), len(c.expiry)) >= maxClaims {
		return true
	}
	last := c.refuted[key]
	isAsked := last == nil || !last.insisted
	c.pending[key] = claim{p.id, pool, *pe, rtt, former.asked || isAsked}
	switch {
	case last == nil:
		c.out.add(Verify{Pool: pool, ID: pe.ID})
	case isAsked:
		last.insisted = true
		c.out.add(Contested{Pool: pool, ID: pe.ID, Peer: p.id})
		c.out.add(Verify{Pool: pool, ID: pe.ID, Contested: true})
	}
	return true
}

// expire forgets refutations, with the claims that they have kept from asking.
func (c *claims) expire(now time.Time) {
	for len(c.expiry) > 0 && !now.Before(c.expiry[0].end) {
		key := c.expiry[0].key
		delete(c.refuted, key)
		c.expiry = c.expiry[1:]
		if !c.pending[key].asked {
			delete(c.pending, key)
		}
	}
}

// confirm ends a claim to an element that is still ours. It returns the element, nil if no
// claim is pending or the element is gone.
func (c *claims) confirm(now time.Time, pool wire.PoolHandle, id wire.PEID) *handlespace.Element {
	key := elementKey{pool, id}
	if _, isPending := c.pending[key]; !isPending {
		return nil
	}
	delete(c.pending, key)
	e := c.own.hs.Find(pool, id)
	if e == nil || e.HomeID() != c.own.id() {
		return nil
	}
	if c.refuted[key] == nil {
		r := &refutation{key: key, end: now.Add(refutationInterval)}
		c.refuted[key] = r
		c.expiry = append(c.expiry, r)
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
			_, _ = c.editor.enter(now, claim.pool, &claim.pe, claim.rtt) // The audit tries again.
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
