package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxListedAddrs is with how many addresses a peer is listed at the most: so a list of
// maxPeers fits a message, whatever they say where they are.
const maxListedAddrs = 10

// listRequested tells which peers live (RFC 5353, 2.6), and where the one that asks
// can reach them: loopback is of use on this host only.
func (m *Machine) listRequested(from step.AssocID, msg *enrpmsg.ListRequest) {
	answer := &enrpmsg.ListResponse{IDs: m.ids(msg.Sender)}
	local := m.assocs[from] != nil && isLocal(m.assocs[from].addrs)
	for _, p := range m.peers {
		if p.id == 0 || p.id == msg.Sender || p.state != peerAlive {
			continue
		}
		addrs := p.told
		if len(addrs) == 0 {
			addrs = p.addrs
		}
		t := transportOf(addrs, local)
		t.Addrs = t.Addrs[:min(len(t.Addrs), maxListedAddrs)]
		if len(t.Addrs) > 0 && (local || !t.Addrs[0].IsLoopback()) {
			answer.Servers = append(answer.Servers, wire.ServerInformation{ID: p.id, Transport: t})
		}
	}
	m.answer(from, answer)
}

// listed adds the peers of a peer. They count when they are heard themselves.
func (m *Machine) listed(now time.Time, from *peer, msg *enrpmsg.ListResponse) {
	if !from.listAsked || msg.Reject {
		return
	}
	for _, s := range msg.Servers {
		if s.ID == 0 || s.ID == m.config.ID || s.Transport.Protocol != wire.SCTP {
			continue
		}
		p := m.found(now, s.ID, endpointOf(s.Transport))
		if p != nil {
			m.vouched(now, from, p)
		}
		if p == nil || p.state != peerUnheard || p.assoc != 0 {
			continue
		}
		if len(p.addrs) == 0 {
			p.addrs = endpointOf(s.Transport)
		}
		m.reach(p, true)
	}
}
