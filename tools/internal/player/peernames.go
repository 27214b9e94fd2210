package player

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// enrpToLive translates a message of a peer for the live registrar.
func (p *Player) enrpToLive(q *peer, m script.Message) (script.Message, error) {
	switch e := m.ENRP.(type) {
	case *enrpmsg.Presence:
		return message(p.presenceToLive(q, *e))
	case *enrpmsg.ListRequest:
		r := *e
		p.receiverToLive(&r.IDs)
		return message(&r)
	case *enrpmsg.ListResponse:
		return message(p.listToLive(*e))
	case *enrpmsg.HandleTableRequest:
		r := *e
		p.receiverToLive(&r.IDs)
		return message(&r)
	case *enrpmsg.HandleTableResponse:
		return message(p.tableToLive(q, *e))
	case *enrpmsg.HandleUpdate:
		r := *e
		p.receiverToLive(&r.IDs)
		r.PoolElement = p.toldElement(q, r.PoolHandle, r.PoolElement, r.Action == enrpmsg.DelPE)
		return message(&r)
	case *enrpmsg.InitTakeover:
		r := *e
		p.receiverToLive(&r.IDs)
		r.TargetID = p.names.serverToLive(r.TargetID)
		return message(&r)
	case *enrpmsg.InitTakeoverAck:
		r := *e
		p.receiverToLive(&r.IDs)
		r.TargetID = p.names.serverToLive(r.TargetID)
		return message(&r)
	case *enrpmsg.TakeoverServer:
		r := *e
		p.receiverToLive(&r.IDs)
		r.TargetID = p.names.serverToLive(r.TargetID)
		return message(&r)
	}
	return m, nil
}

// receiverToLive translates the receiver, who is the registrar whose part is played.
func (p *Player) receiverToLive(ids *enrpmsg.IDs) {
	ids.Receiver = p.names.serverToLive(ids.Receiver)
}

// presenceToLive gives a Presence the address of the actor, and the checksum of elements with
// the identifiers of the live session.
func (p *Player) presenceToLive(q *peer, m enrpmsg.Presence) *enrpmsg.Presence {
	p.receiverToLive(&m.IDs)
	if m.Server != nil {
		server := *m.Server
		server.Transport = at(server.Transport, q.actor)
		m.Server = &server
	}
	if p.names.offset != 0 {
		m.Checksum = q.sum.Value()
	}
	return &m
}

// listToLive translates a list of registrars. Registrars that no actor speaks for are left
// out, because the live registrar would look for them.
func (p *Player) listToLive(m enrpmsg.ListResponse) *enrpmsg.ListResponse {
	p.receiverToLive(&m.IDs)
	servers := m.Servers
	m.Servers = nil
	for _, s := range servers {
		if q := p.peers[s.ID]; q != nil && q.actor != nil {
			s.Transport = at(s.Transport, q.actor)
			m.Servers = append(m.Servers, s)
		}
	}
	return &m
}

// tableToLive translates a part of a handle table.
func (p *Player) tableToLive(q *peer, m enrpmsg.HandleTableResponse) *enrpmsg.HandleTableResponse {
	p.receiverToLive(&m.IDs)
	entries := make([]enrpmsg.PoolEntry, len(m.Entries))
	for i, e := range m.Entries {
		entries[i].PoolHandle = e.PoolHandle
		for _, pe := range e.PoolElements {
			entries[i].PoolElements = append(entries[i].PoolElements, p.toldElement(q, e.PoolHandle, pe, false))
		}
	}
	m.Entries = entries
	return &m
}

// toldElement translates an element that a peer tells of, and notes it at its home.
func (p *Player) toldElement(q *peer, pool wire.PoolHandle, e wire.PoolElement, gone bool) wire.PoolElement {
	key, home := elementKey{pool, e.ID}, p.peerNamed(e.HomeID)
	a := q.actor
	if e.ASAPTransport != nil {
		a = p.place(q, e.ASAPTransport)
		t := at(*e.ASAPTransport, a)
		e.ASAPTransport = &t
	}
	e = p.names.elementToLiveAt(e, a.hosts())
	if home != nil {
		home.forget(key)
	}
	if gone {
		delete(p.elements, key)
		return e
	}
	p.know(key).isRegistered = false
	if home != nil {
		home.sum = home.sum.Add(wire.SumPE(pool, e.ID))
		home.own[key] = e
	}
	return e
}

// forget removes an element of which the peer is home.
func (q *peer) forget(key elementKey) {
	if old, ok := q.own[key]; ok {
		q.sum = q.sum.Sub(wire.SumPE(key.pool, old.ID))
		delete(q.own, key)
	}
}

// ownList returns the list of registrars that a peer knows: all others that are played.
func (p *Player) ownList(q *peer) *enrpmsg.ListResponse {
	m := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: q.id, Receiver: p.names.live}}
	for _, id := range slices.Sorted(maps.Keys(p.peers)) {
		if other := p.peers[id]; other != q && other.presence != nil && other.presence.Server != nil {
			m.Servers = append(m.Servers, *other.presence.Server)
		}
	}
	return m
}

// maxTableElements is the number of elements in a part of a handle table.
const maxTableElements = 128

// ownTable returns the next part of the table of a peer's own elements.
func (p *Player) ownTable(q *peer) *enrpmsg.HandleTableResponse {
	if len(q.cursor) == 0 {
		q.cursor = slices.SortedFunc(maps.Keys(q.own), func(a, b elementKey) int {
			return cmp.Or(cmp.Compare(a.pool, b.pool), cmp.Compare(a.id, b.id))
		})
	}
	m := &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: q.id, Receiver: p.names.live}}
	part := q.cursor[:min(len(q.cursor), maxTableElements)]
	q.cursor = q.cursor[len(part):]
	m.MoreToSend = len(q.cursor) > 0
	for _, key := range part {
		e, ok := q.own[key]
		if !ok {
			continue
		}
		if n := len(m.Entries); n == 0 || m.Entries[n-1].PoolHandle != key.pool {
			m.Entries = append(m.Entries, enrpmsg.PoolEntry{PoolHandle: key.pool})
		}
		last := &m.Entries[len(m.Entries)-1]
		last.PoolElements = append(last.PoolElements, e)
	}
	return m
}

// at returns a transport at the address of an actor.
func at(t wire.Transport, a *actor) wire.Transport {
	if len(a.addrs) > 0 {
		t.Addrs, t.Port = replaced(t.Addrs, a.hosts()), a.addrs[0].Port()
	}
	return t
}

// enrpToScript translates a message of the live registrar in place.
func (p *Player) enrpToScript(m script.Message) script.Message {
	switch e := m.ENRP.(type) {
	case *enrpmsg.ListResponse:
		for i := range e.Servers {
			e.Servers[i].ID = p.names.serverToScript(e.Servers[i].ID)
		}
	case *enrpmsg.HandleTableResponse:
		for i := range e.Entries {
			p.names.elementsToScript(e.Entries[i].PoolElements)
		}
	case *enrpmsg.HandleUpdate:
		e.PoolElement.ID = p.names.elementToScript(e.PoolElement.ID)
		e.PoolElement.HomeID = p.names.serverToScript(e.PoolElement.HomeID)
	case *enrpmsg.InitTakeover:
		e.TargetID = p.names.serverToScript(e.TargetID)
	case *enrpmsg.InitTakeoverAck:
		e.TargetID = p.names.serverToScript(e.TargetID)
	case *enrpmsg.TakeoverServer:
		e.TargetID = p.names.serverToScript(e.TargetID)
	}
	return m
}
