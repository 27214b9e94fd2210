package player

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// maxPlaces bounds the endpoints of elements that peers tell of. The elements of a peer beyond it
// share an endpoint.
const maxPlaces = 256

// settleAt notes that an actor stands for a client of the script.
func (p *Player) settleAt(a *actor, client netip.AddrPort) {
	if p.places[client] == nil {
		p.places[client] = a
		a.clients = append(a.clients, client)
	}
}

// place returns the actor at the ASAP transport of an element that a peer tells of.
func (p *Player) place(q *peer, t *wire.Transport) *actor {
	addrs := t.AddrPorts()
	var a *actor
	for _, addr := range addrs {
		if a == nil {
			a = p.places[addr]
		}
	}
	switch {
	case p.placeCount >= maxPlaces && a == nil:
		if q.elements == nil {
			q.elements = p.openActor(wire.PPIDASAP)
		}
		return q.elements
	case p.placeCount >= maxPlaces:
		return a
	case a == nil:
		a = p.openActor(wire.PPIDASAP)
	}
	if !a.isPlace {
		p.placeCount++
		a.isPlace = true
	}
	for _, addr := range addrs {
		p.settleAt(a, addr)
	}
	return a
}

// havePlaces reports whether all elements of a message have an open endpoint. Otherwise it opens
// one, and shuts the gate.
func (p *Player) havePlaces(q *peer, m enrpmsg.Message) bool {
	for _, t := range asapTransports(m) {
		if a := p.place(q, t); !a.opened {
			p.gate = gate{actor: a, until: p.now.Add(openTime)}
			return false
		}
	}
	return true
}

// asapTransports returns the ASAP transports of the elements in a message.
func asapTransports(m enrpmsg.Message) (out []*wire.Transport) {
	add := func(e *wire.PoolElement) {
		if e.ASAPTransport != nil {
			out = append(out, e.ASAPTransport)
		}
	}
	switch m := m.(type) {
	case *enrpmsg.HandleUpdate:
		add(&m.PoolElement)
	case *enrpmsg.HandleTableResponse:
		for i := range m.Entries {
			for j := range m.Entries[i].PoolElements {
				add(&m.Entries[i].PoolElements[j])
			}
		}
	}
	return out
}
