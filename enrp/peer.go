package enrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// maxPeers bounds the number of peers, because any registrar can invent identifiers.
const maxPeers = 256

// peer is another registrar.
type peer struct {
	id         wire.ServerID    // 0: configured, and not identified yet
	addrs      []netip.AddrPort // of its ENRP endpoint
	configured []netip.AddrPort // addresses from the configuration; nil: the peer was discovered
	announced  []netip.AddrPort // addresses in its Presences
	assoc      step.AssocID     // 0: none
	dial       step.DialID      // under way; 0: none

	liveness liveness
	replica  replica
	upload   upload

	isListRequested bool // so that its list is expected
	isUnfitMentor   bool // it refused, or failed, to send its handlespace

	refusalReported time.Time // when we last reported that we did not believe its takeover
	excessReported  time.Time // when we last reported that we refused its elements
}

// isConnected reports whether an association with the peer is up.
func (p *peer) isConnected() bool { return p.assoc != 0 }

// isReachable reports whether the peer is active and an association with it is up.
func (p *peer) isReachable() bool { return p.liveness.isActive() && p.isConnected() }

// isUnconfirmed reports whether the peer is neither configured nor heard yet: only messages of
// other registrars name it.
func (p *peer) isUnconfirmed() bool { return p.liveness.isUnheard() && p.configured == nil }

// peers is the list of peers (RFC 5353, 3.4).
type peers struct {
	own       *registrar
	out       *outbox
	transfers *transfers
	all       []*peer // at most maxPeers
}

// find returns the peer with an identifier, nil if there is none.
func (t *peers) find(id wire.ServerID) *peer {
	if id == 0 {
		return nil
	}
	for _, p := range t.all {
		if p.id == id {
			return p
		}
	}
	return nil
}

// findDial returns the peer for which a dial is under way, nil if there is none.
func (t *peers) findDial(dial step.DialID) *peer {
	return t.findFirst(func(p *peer) bool { return p.dial == dial })
}

// findFirst returns the first peer that matches, nil if there is none.
func (t *peers) findFirst(matches func(*peer) bool) *peer {
	if i := slices.IndexFunc(t.all, matches); i >= 0 {
		return t.all[i]
	}
	return nil
}

// ids returns the identifiers of all identified peers.
func (t *peers) ids() []wire.ServerID {
	var ids []wire.ServerID
	for _, p := range t.all {
		if p.id != 0 {
			ids = append(ids, p.id)
		}
	}
	return ids
}

// isAuthoritative reports whether p's table counts for the elements of a registrar: p
// itself, or a registrar out of our reach that p still hears.
func (t *peers) isAuthoritative(p *peer, id wire.ServerID) bool {
	if id == p.id {
		return true
	}
	q := t.find(id)
	return q != nil && (q.liveness.state == stateRelayed || q.liveness.state == stateTarget || q.liveness.state == stateInactive)
}

// configure adds a peer without an identifier.
func (t *peers) configure(addrs []netip.AddrPort) {
	t.all = append(t.all, &peer{addrs: addrs, configured: addrs})
}

// removeSelf removes this registrar from the configured peers, so that all registrars can
// have the same configuration.
func (t *peers) removeSelf() {
	t.all = slices.DeleteFunc(t.all, func(p *peer) bool {
		return p.id == 0 && p.assoc == 0 && p.dial == 0 && hasCommonAddr(p.configured, t.own.addrs)
	})
}

// findOrAdd returns the peer with an identifier. A new peer is added, unless a configured
// peer has one of its addresses. It returns nil if there are too many peers.
func (t *peers) findOrAdd(now time.Time, id wire.ServerID, addrs []netip.AddrPort) *peer {
	if p := t.find(id); p != nil {
		return p
	}
	p := t.findFirst(func(p *peer) bool { return p.id == 0 && hasCommonAddr(p.configured, addrs) })
	if p == nil {
		if len(t.all) >= maxPeers && !t.makeRoom() {
			return nil
		}
		p = &peer{addrs: addrs}
		t.all = append(t.all, p)
	}
	t.transfers.cancel(id)
	p.id = id
	p.liveness.expect(now.Add(t.own.config.MaxTimeLastHeard))
	p.replica.isSuspect = true
	t.out.add(PeerFound{ID: id})
	return p
}

// makeRoom removes an unconfirmed peer, so that invented peers do not keep real peers out. It
// reports whether there was such a peer.
func (t *peers) makeRoom() bool {
	p := t.findFirst(func(p *peer) bool {
		return p.isUnconfirmed() && !p.isConnected() && t.own.hs.Owned(p.id) == 0
	})
	if p == nil {
		return false
	}
	t.out.add(PeerLost{ID: p.id})
	t.remove(p)
	return true
}

// remove removes a peer from the list.
func (t *peers) remove(p *peer) {
	t.all = slices.DeleteFunc(t.all, func(q *peer) bool { return q == p })
}

// broadcast sends a message to all peers with an association. The others find out by the
// audit that they missed changes.
func (t *peers) broadcast(msg encoded) {
	for _, p := range t.all {
		t.out.send(p.assoc, msg)
	}
}

// deadline returns the earliest deadline of a peer.
func (t *peers) deadline() time.Time {
	var d time.Time
	for _, p := range t.all {
		d = step.Earlier(d, p.liveness.deadline)
		d = step.Earlier(d, p.replica.deadline())
	}
	return d
}
