package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// claims are elements of ours that peers say are theirs. That may be so, and then the
// element gives up its association with us; or else what the peer says is out of
// date, since it was under way for long or comes from another side of a partition. So
// the element itself is asked.
type claims struct {
	pending  map[elementKey]claim
	conceded []claim // of elements that are not ours any more
}

// elementKey names an element.
type elementKey struct {
	pool wire.PoolHandle
	id   wire.PEID
}

// claim is what a peer says of an element.
type claim struct {
	peer wire.ServerID
	pool wire.PoolHandle
	pe   wire.PoolElement
	rtt  time.Duration
}

// contested reports whether an element that a peer says is its own is ours as far as
// we know, and has the element asked. When we leave it is as we want it.
func (m *Machine) contested(p *peer, pool wire.PoolHandle, pe *wire.PoolElement, rtt time.Duration) bool {
	e := m.hs.Find(pool, pe.ID)
	if e == nil || e.HomeID() != m.config.ID || e.Association() == 0 || m.leaving.running {
		return false
	}
	m.claims.pending[elementKey{pool, pe.ID}] = claim{p.id, pool, *pe, rtt}
	m.do(Verify{Pool: pool, ID: pe.ID})
	return true
}

// confirmed tells the peers that an element is ours.
func (m *Machine) confirmed(ev Confirmed) {
	key := elementKey{ev.Pool, ev.ID}
	if _, pending := m.claims.pending[key]; !pending {
		return
	}
	delete(m.claims.pending, key)
	if e := m.hs.Find(ev.Pool, ev.ID); e != nil && e.HomeID() == m.config.ID {
		m.broadcastUpdate(enrpmsg.AddPE, e)
	}
}

// conceded notes that an element is not ours any more: what was claimed is true.
func (m *Machine) conceded(e *handlespace.Element) {
	key := elementKey{e.PoolHandle(), e.ID()}
	if c, pending := m.claims.pending[key]; pending {
		delete(m.claims.pending, key)
		m.claims.conceded = append(m.claims.conceded, c)
	}
}

// settleClaims enters the elements that are not ours any more as the peers' own.
func (m *Machine) settleClaims(now time.Time) {
	conceded := m.claims.conceded
	m.claims.conceded = nil
	m.applying = true
	for i := range conceded {
		c := &conceded[i]
		if m.peerByID(c.peer) != nil && m.hs.Find(c.pool, c.pe.ID) == nil {
			m.learn(now, c.pool, &c.pe, c.rtt)
		}
	}
	m.applying = false
}

// dropClaim forgets a peer's claim that it has taken back.
func (m *Machine) dropClaim(peer wire.ServerID, pool wire.PoolHandle, id wire.PEID) {
	key := elementKey{pool, id}
	if c, pending := m.claims.pending[key]; pending && c.peer == peer {
		delete(m.claims.pending, key)
	}
}

// dropClaims forgets the claims of a peer that is gone.
func (m *Machine) dropClaims(peer wire.ServerID) {
	for key, c := range m.claims.pending {
		if c.peer == peer {
			delete(m.claims.pending, key)
		}
	}
}
