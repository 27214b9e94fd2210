package enrp

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxListedAddrs bounds the number of addresses of a listed peer, so that a list of maxPeers
// peers fits into a message.
const maxListedAddrs = 10

// lists exchanges lists of peers (RFC 5353, 3.4).
type lists struct {
	own      *registrar
	out      *outbox
	peers    *peers
	assocs   *associations
	contacts *contacts
	relays   *relays
}

// request requests the list of a peer.
func (l *lists) request(p *peer, assoc step.AssocID) {
	l.out.send(assoc, &enrpmsg.ListRequest{IDs: l.own.ids(p.id)})
}

// requestFirst requests the list of a peer, unless it was requested before.
func (l *lists) requestFirst(p *peer, assoc step.AssocID) {
	if !p.isListRequested {
		p.isListRequested = true
		l.request(p, assoc)
	}
}

// handleRequest lists the active peers (RFC 5353, 2.6), except for the requester.
func (l *lists) handleRequest(from step.AssocID, msg *enrpmsg.ListRequest) {
	answer := &enrpmsg.ListResponse{IDs: l.own.ids(msg.Sender)}
	isLocal := l.assocs.isLocal(from)
	for _, p := range l.peers.all {
		if p.id == 0 || p.id == msg.Sender || !p.liveness.isActive() {
			continue
		}
		if t, ok := listedTransport(p, isLocal); ok {
			answer.Servers = append(answer.Servers, wire.ServerInformation{ID: p.id, Transport: t})
		}
	}
	l.out.send(from, answer)
}

// listedTransport returns the transport of a peer for a list. Loopback addresses are of use
// on this host only, and link-local addresses nowhere for sure. It returns false if no
// address is left.
func listedTransport(p *peer, isLocal bool) (wire.Transport, bool) {
	addrs := p.announced
	if len(addrs) == 0 {
		addrs = p.addrs
	}
	t := transportOf(addrs, isLocal)
	t.Addrs = t.Addrs[:min(len(t.Addrs), maxListedAddrs)]
	if len(t.Addrs) == 0 || t.Addrs[0].IsLinkLocalUnicast() {
		return t, false
	}
	return t, isLocal || !t.Addrs[0].IsLoopback()
}

// handleResponse adds the peers of a peer. They become active when they are heard
// themselves.
func (l *lists) handleResponse(now time.Time, from *peer, msg *enrpmsg.ListResponse) {
	if !from.isListRequested || msg.Reject {
		return
	}
	for i := range msg.Servers {
		s := &msg.Servers[i]
		if s.ID == 0 || s.ID == l.own.id() || s.Transport.Protocol != wire.SCTP {
			continue
		}
		if p := l.peers.findOrAdd(now, s.ID, endpointOf(s.Transport)); p != nil {
			l.relays.handleObjection(now, from, p)
			l.contact(p, endpointOf(s.Transport))
		}
	}
}

// contact gets in touch with a listed peer that was never heard.
func (l *lists) contact(p *peer, addrs []netip.AddrPort) {
	if !p.liveness.isUnheard() || p.isConnected() {
		return
	}
	if len(p.addrs) == 0 {
		p.addrs = addrs
	}
	l.contacts.reach(p, true)
}
