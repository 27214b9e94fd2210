package enrp

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// greet sends a Presence to a peer.
func (m *Machine) greet(p *peer, replyRequired bool) {
	m.sendPresence(p.assoc, p.id, replyRequired)
}

func (m *Machine) sendPresence(to step.AssocID, receiver wire.ServerID, replyRequired bool) {
	local := false
	if a := m.assocs[to]; a != nil {
		local = isLocal(a.addrs)
	}
	m.send(to, m.newPresence(receiver, replyRequired, local))
}

// newPresence returns a Presence; local is for a peer on this host.
func (m *Machine) newPresence(receiver wire.ServerID, replyRequired, local bool) *enrpmsg.Presence {
	return &enrpmsg.Presence{
		IDs:           m.ids(receiver),
		ReplyRequired: replyRequired,
		Checksum:      m.hs.Checksum(m.config.ID).Value(),
		Server:        &wire.ServerInformation{ID: m.config.ID, Transport: transportOf(m.local, local)},
	}
}

// beat sends Presences to all, cycle by cycle (RFC 5353, 3.4.2).
func (m *Machine) beat(now time.Time) {
	if now.Before(m.heartbeat) {
		return
	}
	m.heartbeat = now.Add(m.vary(m.config.HeartbeatCycle))
	if len(m.local) == 0 || m.leaving.running {
		return
	}
	// A new registrar asks for answers, to find its mentor.
	m.do(step.Multicast{Message: m.newPresence(0, m.startup.running, false)})
	var alive []*peer
	for _, p := range m.peers {
		m.reach(p, p.state != peerAlive)
		if p.state == peerAlive && p.assoc != 0 {
			alive = append(alive, p)
		}
	}
	// One of them is asked for those that we have lost, or never heard of: without
	// multicast nobody else tells.
	if len(alive) > 0 {
		p := alive[m.random.IntN(len(alive))]
		m.send(p.assoc, &enrpmsg.ListRequest{IDs: m.ids(p.id)})
	}
}

// heard notes a Presence that came by multicast: a sign of life, and for a new peer
// where it is. Nothing else is believed of it, since anybody can send it.
func (m *Machine) heard(now time.Time, ev Heard) {
	presence, ok := ev.Message.(*enrpmsg.Presence)
	if !ok || enrpmsg.Unrecognized(presence).Discard {
		return
	}
	id := presence.Sender
	if id == m.config.ID {
		m.heardOwn(now, ev.Source, presence)
		return
	}
	if id == 0 || presence.Server == nil || presence.Server.ID != id {
		return
	}
	addrs := []netip.AddrPort{netip.AddrPortFrom(ev.Source.Addr().Unmap(), presence.Server.Transport.Port)}
	p := m.found(now, id, addrs)
	if p == nil {
		return
	}
	if p.assoc == 0 {
		p.addrs = addrs // It may have moved.
		m.reach(p, true)
		return
	}
	if p.state == peerAlive {
		p.heard(now, m.config)
	}
	if presence.ReplyRequired {
		m.greet(p, false)
	}
}

// presence notes a Presence of a peer (RFC 5353, 3.4 and 3.6.1).
func (m *Machine) presence(now time.Time, p *peer, from step.AssocID, msg *enrpmsg.Presence) {
	if p.state == peerTakeover || p.state == peerTakenBy {
		p.takeover = nil // It lives (RFC 5353, 3.5.1).
		p.state = peerAlive
		p.heard(now, m.config)
	}
	if msg.Server != nil && msg.Server.Transport.Protocol == wire.SCTP {
		p.told = endpointOf(msg.Server.Transport)
	}
	if msg.ReplyRequired {
		m.sendPresence(from, p.id, false)
	}
	if !p.listAsked {
		p.listAsked = true
		m.send(from, &enrpmsg.ListRequest{IDs: m.ids(p.id)})
	}
	if m.startup.running {
		m.tryMentor(now, p)
		return
	}
	differs := !now.Before(p.noAudit) && msg.Checksum != m.hs.Checksum(p.id).Value()
	if p.download == nil && !msg.NoChecksum && (p.distrusted || differs) {
		m.synchronize(now, p)
	}
}
