package enrp

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// takeover is the arbitration before a peer is taken over (RFC 5353, 3.5.1).
type takeover struct {
	awaited  []wire.ServerID // who has not acknowledged
	repeated bool            // they have been asked twice
}

// startTakeover asks the peers that live to let us take over one that does not.
func (m *Machine) startTakeover(now time.Time, target *peer) {
	t := &takeover{}
	for _, p := range m.peers {
		if p != target && p.id != 0 && p.state == peerAlive {
			t.awaited = append(t.awaited, p.id)
		}
	}
	target.state, target.takeover = peerTakeover, t
	target.deadline = now.Add(m.config.TakeoverExpiry)
	m.initTakeover(target)
	m.tryComplete(now, target)
}

// initTakeover sends an Init Takeover to all peers, and to the target too.
func (m *Machine) initTakeover(target *peer) {
	m.broadcast(&enrpmsg.InitTakeover{IDs: m.ids(0), TargetID: target.id})
}

// takeoverExpired asks those again that have not acknowledged, and whether they hear
// the target. When they answer neither, they do not know of a better one.
func (m *Machine) takeoverExpired(now time.Time, target *peer) {
	t := target.takeover
	t.awaited = slices.DeleteFunc(t.awaited, func(id wire.ServerID) bool {
		p := m.peerByID(id)
		return p == nil || p.state != peerAlive
	})
	if t.repeated {
		t.awaited = nil
	}
	t.repeated = true
	target.deadline = now.Add(m.config.TakeoverExpiry)
	// The list first: once more in doubt, a target that is heard is not in it until it has
	// answered.
	for _, id := range t.awaited {
		m.send(m.peerByID(id).assoc, &enrpmsg.ListRequest{IDs: m.ids(id)})
	}
	if len(t.awaited) > 0 {
		m.initTakeover(target)
	}
	m.tryComplete(now, target)
}

// notAwaited goes on without the acknowledgement of a peer that is gone.
func (m *Machine) notAwaited(now time.Time, id wire.ServerID) {
	for _, p := range slices.Clone(m.peers) {
		if p.takeover == nil {
			continue
		}
		p.takeover.awaited = slices.DeleteFunc(p.takeover.awaited, func(a wire.ServerID) bool { return a == id })
		m.tryComplete(now, p)
	}
}

// tryComplete takes the target over when all have acknowledged (RFC 5353, 3.5.2).
func (m *Machine) tryComplete(now time.Time, target *peer) {
	if target.takeover == nil || len(target.takeover.awaited) > 0 {
		return
	}
	m.broadcast(&enrpmsg.TakeoverServer{IDs: m.ids(0), TargetID: target.id})
	n := 0
	m.applying = true
	for e := range m.hs.OwnedBy(target.id) {
		m.hs.SetOwner(e, m.config.ID)
		m.renewExpiry(now, e) // There may be more than can be asked at a time.
		m.do(TakenOver{Pool: e.PoolHandle(), ID: e.ID(), Claimed: true})
		n++
	}
	m.applying = false
	m.counts.Takeovers++
	m.counts.ElementsTakenOver += uint64(n)
	target.takeover = nil
	m.lose(now, target, n)
}

// takeoverInitiated decides who takes a peer over (RFC 5353, 3.5.1).
func (m *Machine) takeoverInitiated(now time.Time, from *peer, assoc step.AssocID, msg *enrpmsg.InitTakeover) {
	if msg.TargetID == m.config.ID {
		// We live.
		m.do(step.Multicast{Message: m.newPresence(0, false, false)})
		for _, p := range m.peers {
			m.reach(p, false)
		}
		return
	}
	if msg.TargetID == from.id {
		return // It cannot be dead and say so.
	}
	target := m.peerByID(msg.TargetID)
	if target != nil {
		if target.state == peerTakeover && !m.yields(from.id) {
			return // Ours goes on.
		}
		if m.hears(now, target, from.id) {
			return // If it does not answer, we shall want to take it over too.
		}
		m.leaveTo(now, target, from.id)
	}
	m.send(assoc, &enrpmsg.InitTakeoverAck{IDs: m.ids(from.id), TargetID: msg.TargetID})
}

// leaveTo leaves a peer to another one, who takes it over. If that comes to nothing, its
// elements must not be left alone.
func (m *Machine) leaveTo(now time.Time, target *peer, by wire.ServerID) {
	target.takeover = nil
	target.state, target.doubter = peerTakenBy, by
	target.deadline = now.Add(m.patience())
}

// yields reports whether a registrar goes before us in the arbitration.
func (m *Machine) yields(id wire.ServerID) bool {
	if m.config.HigherWins {
		return id > m.config.ID
	}
	return id < m.config.ID
}

func (m *Machine) takeoverAcknowledged(now time.Time, from *peer, msg *enrpmsg.InitTakeoverAck) {
	target := m.peerByID(msg.TargetID)
	if target == nil || target.takeover == nil {
		return
	}
	t := target.takeover
	t.awaited = slices.DeleteFunc(t.awaited, func(id wire.ServerID) bool { return id == from.id })
	m.tryComplete(now, target)
}

// takenOver notes that a peer has taken over another (RFC 5353, 3.5.2). Whoever hears
// that it has been taken over itself lives, and says so.
func (m *Machine) takenOver(now time.Time, from *peer, msg *enrpmsg.TakeoverServer) {
	if msg.TargetID == m.config.ID {
		m.greet(from, false)
		return
	}
	if msg.TargetID == from.id {
		return // Its elements would have a home that is no peer any more.
	}
	m.applying = true
	for e := range m.hs.OwnedBy(msg.TargetID) {
		m.hs.SetOwner(e, from.id)
		m.renewExpiry(now, e)
	}
	m.applying = false
	if target := m.peerByID(msg.TargetID); target != nil {
		target.takeover = nil
		m.lose(now, target, 0)
	}
}

// renewExpiry gives an element that is not registered with us a registration life from now
// on, and half of one more, since its home does not tell of every renewal. It is the home
// that has to find out earlier whether the element lives.
func (m *Machine) renewExpiry(now time.Time, e *handlespace.Element) {
	if life := e.RegistrationLife(); life > 0 {
		m.hs.SetTimer(e, timerExpiry, now.Add(life+life/2))
	}
}
