package enrp

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxPeers bounds the peers, which anybody can claim to be.
const maxPeers = 256

// peerState is how a peer stands.
type peerState uint8

const (
	// peerUnheard: configured or told by others, and not heard itself yet.
	peerUnheard peerState = iota
	// peerAlive: heard lately.
	peerAlive
	// peerProbed: silent, and asked whether it lives.
	peerProbed
	// peerTakenBy: another peer is taking it over, so it is not watched.
	peerTakenBy
	// peerTakeover: we are taking it over.
	peerTakeover
	// peerVouched: out of our reach, but another peer hears it.
	peerVouched
)

// peer is another registrar.
type peer struct {
	id         wire.ServerID    // 0: configured, and not heard yet
	addrs      []netip.AddrPort // of its ENRP endpoint
	configured []netip.AddrPort // as configured; nil: found
	told       []netip.AddrPort // where it says that it is
	assoc      step.AssocID     // 0: none
	dial       step.DialID      // under way

	state    peerState
	deadline time.Time // of the state; zero: none
	takeover *takeover // in peerTakeover
	relayed  time.Time // when another peer was last asked for its elements

	// doubter is who takes it for dead: in peerProbed while we have heard it, 0 if
	// nobody does; in peerTakenBy who takes it over.
	doubter wire.ServerID

	listAsked  bool
	noMentor   bool      // it has refused, or failed, to be our mentor
	distrusted bool      // its table may differ from what we have, whatever the checksum
	noAudit    time.Time // until then its checksum may differ
	download   *download
	unfinished bool // it may go on with a table in the middle when it is asked
	upload     upload
}

func (m *Machine) peerByID(id wire.ServerID) *peer {
	for _, p := range m.peers {
		if p.id == id && id != 0 {
			return p
		}
	}
	return nil
}

// leaveOutSelf drops a configured peer that is this registrar, so that all can be
// configured alike.
func (m *Machine) leaveOutSelf() {
	m.peers = slices.DeleteFunc(m.peers, func(p *peer) bool {
		return p.id == 0 && p.assoc == 0 && p.dial == 0 && overlap(p.configured, m.local)
	})
}

func (p *peer) heard(now time.Time, config Config) {
	if p.state != peerTakeover && p.state != peerTakenBy {
		p.state = peerAlive
		p.deadline = now.Add(config.MaxTimeLastHeard)
	}
}

func (p *peer) nextDeadline() time.Time {
	d := p.deadline
	if p.download != nil && (d.IsZero() || p.download.deadline.Before(d)) {
		d = p.download.deadline
	}
	return d
}

func (m *Machine) associationUp(now time.Time, ev step.Up) {
	if m.assocs[ev.Assoc] == nil {
		m.serial++
		m.assocs[ev.Assoc] = &assoc{serial: m.serial, addrs: ev.Peer}
	}
	if ev.Dial == 0 {
		return // It says who it is.
	}
	m.dialing--
	i := slices.IndexFunc(m.peers, func(p *peer) bool { return p.dial == ev.Dial })
	if i < 0 {
		// The peer has been lost meanwhile.
		if m.assocs[ev.Assoc].id == 0 {
			m.do(step.Abort{Assoc: ev.Assoc, Reason: "peer is lost"})
		}
		return
	}
	p := m.peers[i]
	p.dial = 0
	if by := m.peerByID(m.assocs[ev.Assoc].id); by != nil && by != p {
		m.displaced(now, p, by)
		return
	}
	p.assoc = ev.Assoc
	m.greet(p, true)
}

// displaced notes that where a peer was is another one: it has begun anew with
// another identifier, unless its identifier was not known.
func (m *Machine) displaced(now time.Time, p, by *peer) {
	m.unreachable(now, p)
	if p.id == 0 {
		by.configured = append(by.configured, p.configured...)
		m.peers = slices.DeleteFunc(m.peers, func(q *peer) bool { return q == p })
	}
}

// unreachable notes that there is no association with a peer any more.
func (m *Machine) unreachable(now time.Time, p *peer) {
	p.assoc = 0
	p.upload = upload{}
	p.distrusted = true // What was on its way may be lost.
	m.endDownload(now, p)
	p.unfinished = false // With another association it begins anew.
}

func (m *Machine) associationDown(now time.Time, id step.AssocID) {
	if a := m.assocs[id]; a != nil {
		delete(m.assocs, id)
		defer m.reconsider(a.id)
	}
	for _, p := range m.peers {
		if p.assoc != id {
			continue
		}
		m.unreachable(now, p)
		switch {
		case p.state == peerAlive:
			m.probe(now, p)
		case p.state == peerProbed && p.doubter != 0:
			m.concurred(now, p)
		}
	}
}

func (m *Machine) dialFailed(dial step.DialID) {
	m.dialing--
	for _, p := range m.peers {
		if p.dial == dial {
			p.dial = 0
		}
	}
}

// identify returns the peer that a message is from, nil if that is a stranger. It
// reports false if the message is to be ignored: of a registrar that uses our
// identifier, or one that speaks for another.
func (m *Machine) identify(now time.Time, ev Received) (p *peer, ok bool) {
	a := m.assocs[ev.Assoc]
	sender := ev.Message.ServerIDs().Sender
	if a == nil || sender == 0 || a.id != 0 && a.id != sender {
		return nil, false
	}
	if sender == m.config.ID {
		m.receivedOwn(now, ev)
		return nil, false
	}
	p = m.peerByID(sender)
	presence, isPresence := ev.Message.(*enrpmsg.Presence)
	if isPresence && presence.Server != nil && presence.Server.ID != sender {
		return nil, false // It contradicts itself.
	}
	if p == nil && isPresence && presence.Server != nil {
		p = m.found(now, sender, a.addrs)
	}
	if p == nil {
		return nil, true
	}
	if a.id == 0 {
		if !m.mayBe(p, a) {
			m.refuse(p, a)
			return nil, true
		}
		a.id = sender
	}
	if present := m.assocs[p.assoc]; present != nil && present.serial >= a.serial {
		return p, true // If there are two, the newer one is used: the other may be dead.
	}
	m.unreachable(now, p)
	for _, q := range slices.Clone(m.peers) {
		if q.assoc == ev.Assoc {
			m.displaced(now, q, p)
		}
	}
	p.assoc = ev.Assoc
	p.addrs = a.addrs
	return p, true
}

// mayBe reports whether a new association may be a peer's. One from another host than
// the association that is up is not, unless the peer has told that it is there too, and
// neither is one from another port: it would take the peer's place. Who is on this host
// is trusted not to do that, but may have been given the same identifier.
func (m *Machine) mayBe(p *peer, a *assoc) bool {
	present := m.assocs[p.assoc]
	return present == nil || samePort(a.addrs, present.addrs) && (isLocal(a.addrs) || isLocal(present.addrs) ||
		sameHost(a.addrs, present.addrs) || sameHost(a.addrs, p.told) || sameHost(a.addrs, p.configured))
}

// refuse notes that an association is not believed to be a peer's. If it is, the peer
// has begun anew elsewhere; then the former association ends when it is used.
func (m *Machine) refuse(p *peer, a *assoc) {
	if a.refused == 0 {
		m.greet(p, true)
	}
	a.refused = p.id
}

// reconsider asks those who they are that were refused for the sake of an association
// that is down.
func (m *Machine) reconsider(id wire.ServerID) {
	var refused []step.AssocID
	for assoc, a := range m.assocs {
		if a.id == 0 && a.refused == id && id != 0 {
			a.refused = 0
			refused = append(refused, assoc)
		}
	}
	slices.Sort(refused)
	for _, assoc := range refused {
		m.sendPresence(assoc, id, true)
	}
}

func samePort(a, b []netip.AddrPort) bool {
	return len(a) > 0 && len(b) > 0 && a[0].Port() == b[0].Port()
}

// sameHost reports whether two lists have an address in common, whatever the ports.
func sameHost(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool {
		return slices.ContainsFunc(b, func(y netip.AddrPort) bool { return x.Addr().Unmap() == y.Addr().Unmap() })
	})
}

// found adds a peer, or gives a configured one its identifier. It returns nil if
// there are too many.
func (m *Machine) found(now time.Time, id wire.ServerID, addrs []netip.AddrPort) *peer {
	if p := m.peerByID(id); p != nil {
		return p
	}
	i := slices.IndexFunc(m.peers, func(p *peer) bool { return p.id == 0 && overlap(p.configured, addrs) })
	if i < 0 {
		if len(m.peers) >= maxPeers && !m.makeRoom() {
			return nil
		}
		i = len(m.peers)
		m.peers = append(m.peers, &peer{addrs: addrs})
	}
	p := m.peers[i]
	p.id, p.state = id, peerUnheard
	p.distrusted = true
	p.deadline = now.Add(m.config.MaxTimeLastHeard)
	m.do(PeerFound{ID: id})
	return p
}

// makeRoom forgets a peer that has only been told of, so that such ones cannot keep
// others out.
func (m *Machine) makeRoom() bool {
	i := slices.IndexFunc(m.peers, func(p *peer) bool {
		return p.state == peerUnheard && p.configured == nil && p.assoc == 0 && m.hs.Owned(p.id) == 0
	})
	if i < 0 {
		return false
	}
	m.do(PeerLost{ID: m.peers[i].id})
	m.peers = slices.Delete(m.peers, i, i+1)
	return true
}

// lose removes a peer. A configured one stays, to be found again.
func (m *Machine) lose(now time.Time, p *peer, elements int) {
	m.do(PeerLost{ID: p.id, Elements: elements})
	m.endDownload(now, p)
	m.dropClaims(p.id)
	id := p.id
	if p.assoc != 0 {
		m.do(step.Abort{Assoc: p.assoc, Reason: "peer is silent"})
	}
	// Whoever still has it in hand must find nothing to do.
	*p = peer{addrs: p.configured, configured: p.configured}
	if p.configured == nil {
		m.peers = slices.DeleteFunc(m.peers, func(q *peer) bool { return q == p })
	}
	m.notAwaited(now, id)
}

// expirePeers does what the deadlines of peers ask for.
func (m *Machine) expirePeers(now time.Time) {
	for _, p := range slices.Clone(m.peers) {
		if p.download != nil && !now.Before(p.download.deadline) {
			p.unfinished = true
			m.endDownload(now, p)
		}
		if p.deadline.IsZero() || now.Before(p.deadline) {
			continue
		}
		switch p.state {
		case peerUnheard, peerAlive:
			m.probe(now, p)
		case peerProbed, peerTakenBy, peerVouched:
			if m.hs.Owned(p.id) > 0 {
				m.startTakeover(now, p)
			} else {
				m.lose(now, p, 0)
			}
		case peerTakeover:
			m.takeoverExpired(now, p)
		}
	}
}

// probe asks a peer whether it lives (RFC 5353, 3.4.3).
func (m *Machine) probe(now time.Time, p *peer) {
	p.state, p.doubter = peerProbed, 0
	p.deadline = now.Add(m.config.MaxTimeNoResponse)
	m.reach(p, true)
}

// reach sends a Presence to a peer, or opens an association for it. One that has not been
// heard itself may have been invented, and many more after it: not all are dialled.
func (m *Machine) reach(p *peer, replyRequired bool) {
	switch {
	case p.assoc != 0:
		m.greet(p, replyRequired)
	case p.state == peerUnheard && p.configured == nil && m.dialing >= maxPeers:
	case p.dial == 0 && len(p.addrs) > 0:
		m.dialing++
		m.dials++
		p.dial = m.dials
		m.do(step.Dial{Dial: p.dial, Addrs: p.addrs})
	}
}
