package enrp

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// handleAssociationUp takes note of an association. A registrar that opened it identifies itself; a peer
// that we dialed is greeted.
func (m *Machine) handleAssociationUp(now time.Time, ev step.Up) {
	a := m.assocs.add(ev.Assoc, ev.Peer)
	if ev.Dial == 0 {
		return
	}
	m.contacts.endDial(ev.Dial)
	p := m.peers.findDial(ev.Dial)
	if p == nil {
		if a.speaker == 0 {
			m.out.add(step.Abort{Assoc: ev.Assoc, Reason: "peer is lost"})
		}
		return
	}
	p.dial = 0
	switch by := m.peers.find(a.speaker); {
	case a.speaker == 0 || by == p:
		p.assoc = ev.Assoc
		m.presences.greet(p, true)
	case by != nil:
		m.connections.displace(now, p, by)
	default:
		// The registrar there is no peer any more. It may become a peer again.
		m.connections.disconnect(now, p)
		m.presences.send(ev.Assoc, a.speaker, true)
	}
}

// handleAssociationDown takes note of the end of an association. Its peer is probed over another.
func (m *Machine) handleAssociationDown(now time.Time, assoc step.AssocID) {
	a := m.assocs.remove(assoc)
	for _, p := range m.connections.findOn(assoc) {
		m.connections.disconnect(now, p)
		switch {
		case p.liveness.isActive():
			m.contacts.probe(now, p, 0)
		case p.liveness.state == stateProbed && p.liveness.initiator != 0:
			if !m.takeovers.acceptClaim(now, p) {
				m.relays.withdraw(now, p)
			}
		}
	}
	if a != nil {
		m.identity.reconsider(a.speaker)
	}
}

// handleDialFailure takes note of a failed dial. The next heartbeat dials again.
func (m *Machine) handleDialFailure(dial step.DialID) {
	m.contacts.endDial(dial)
	if p := m.peers.findDial(dial); p != nil {
		p.dial = 0
	}
}

// handleReceived takes a message that came over an association.
func (m *Machine) handleReceived(now time.Time, ev Received) {
	report, isDiscarded := enrpmsg.ReportUnrecognized(ev.Message)
	if report != nil {
		report.IDs = m.own.ids(ev.Message.ServerIDs().Sender)
		m.out.send(ev.Assoc, report)
	}
	if !isDiscarded && m.requests.admit(now, ev) {
		m.handleAdmitted(now, ev)
	}
}

// handleAdmitted takes a message that does not come too early.
func (m *Machine) handleAdmitted(now time.Time, ev Received) {
	p, kind := m.identity.identify(now, ev.Assoc, ev.Message)
	switch kind {
	case senderInvalid:
	case senderDuplicate:
		m.duplicates.handleMessage(now, ev.Assoc, ev.Message)
	case senderStranger:
		m.handleStranger(ev)
	case senderPeer:
		m.connections.assign(now, p, ev.Assoc)
		p.liveness.hear(now.Add(m.own.config.MaxTimeLastHeard))
		m.handleMessage(now, p, ev)
	}
}

// handleStranger answers requests that any registrar may make, and refuses requests of
// peers only (RFC 5353, 3.2.3). No state changes.
func (m *Machine) handleStranger(ev Received) {
	switch msg := ev.Message.(type) {
	case *enrpmsg.Presence:
		if msg.ReplyRequired {
			m.presences.send(ev.Assoc, msg.Sender, false) // Otherwise we would seem dead.
		}
	case *enrpmsg.ListRequest:
		m.lists.handleRequest(ev.Assoc, msg)
	case *enrpmsg.HandleTableRequest:
		m.uploads.reject(ev.Assoc, msg)
	}
}

// handleMessage hands a message of a peer to the layer concerned.
func (m *Machine) handleMessage(now time.Time, p *peer, ev Received) {
	switch msg := ev.Message.(type) {
	case *enrpmsg.Presence:
		m.handlePresence(now, p, ev.Assoc, msg)
	case *enrpmsg.ListRequest:
		m.lists.handleRequest(ev.Assoc, msg)
	case *enrpmsg.ListResponse:
		m.lists.handleResponse(now, p, msg)
	case *enrpmsg.HandleTableRequest:
		m.uploads.handleRequest(now, &p.upload, ev.Assoc, msg)
	case *enrpmsg.HandleTableResponse:
		m.startup.handleTableResponse(now, p, msg, ev.RTT)
	case *enrpmsg.HandleUpdate:
		m.updates.handleMessage(now, p, msg, ev.RTT)
	case *enrpmsg.InitTakeover:
		m.takeovers.handleInitTakeover(now, p, ev.Assoc, msg)
	case *enrpmsg.InitTakeoverAck:
		m.takeovers.handleInitTakeoverAck(now, p, msg)
	case *enrpmsg.TakeoverServer:
		m.takeovers.handleTakeoverServer(now, p, msg)
	}
}

// handlePresence takes a Presence of a peer (RFC 5353, 3.4 and 3.6.1).
func (m *Machine) handlePresence(now time.Time, p *peer, from step.AssocID, msg *enrpmsg.Presence) {
	p.liveness.activate(now.Add(m.own.config.MaxTimeLastHeard))
	if msg.Server != nil && msg.Server.Transport.Protocol == wire.SCTP {
		p.announced = endpointOf(msg.Server.Transport)
	}
	if msg.ReplyRequired {
		m.presences.send(from, p.id, false)
	}
	m.lists.requestFirst(p, from)
	if m.own.isStarting {
		m.startup.askMentor(now, p)
		return
	}
	m.downloads.audit(now, p, msg)
}

// handleMulticast takes a multicast Presence: a sign of life, and the address of a new peer.
// Everything else is ignored, because any host can send multicast messages.
func (m *Machine) handleMulticast(now time.Time, ev Heard) {
	presence, ok := ev.Message.(*enrpmsg.Presence)
	if !ok || enrpmsg.Unrecognized(presence).Discard {
		return
	}
	id := presence.Sender
	if id == m.own.id() {
		m.duplicates.handleMulticast(now, ev.Source, presence)
		return
	}
	if id == 0 || presence.Server == nil || presence.Server.ID != id {
		return
	}
	addrs := []netip.AddrPort{netip.AddrPortFrom(ev.Source.Addr().Unmap(), presence.Server.Transport.Port)}
	p := m.peers.findOrAdd(now, id, addrs)
	switch {
	case p == nil:
	case !p.isConnected():
		p.addrs = addrs // It may have moved.
		m.contacts.reach(p, true)
	default:
		if p.liveness.isActive() {
			p.liveness.hear(now.Add(m.own.config.MaxTimeLastHeard))
		}
		if presence.ReplyRequired {
			m.presences.greet(p, false)
		}
	}
}

// handleMalformed reports a message that could not be decoded (RFC 5353, 2.10), with the
// exceptions of RFC 5354, 4. Error messages are never reported.
func (m *Machine) handleMalformed(ev step.Malformed) {
	a, report := m.assocs.find(ev.Assoc), enrpmsg.ReportMalformed(ev.Data, ev.Err)
	if a != nil && report != nil {
		report.IDs = m.own.ids(a.speaker)
		m.out.send(ev.Assoc, report)
	}
}
