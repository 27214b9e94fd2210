package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// identity decides which registrar a message is from. An association speaks for the first
// registrar that identifies itself. While this association is up, a registrar on another
// host cannot take its place.
type identity struct {
	own       *registrar
	peers     *peers
	assocs    *associations
	presences *presences
}

// sender is the kind of sender of a message.
type sender uint8

const (
	// senderInvalid: the message contradicts itself or its association.
	senderInvalid sender = iota
	// senderDuplicate: a registrar with our identifier.
	senderDuplicate
	// senderStranger: no peer.
	senderStranger
	// senderPeer: a peer.
	senderPeer
)

// identify returns the sender of a message. A stranger becomes a peer by a Presence with its
// addresses only (ADR 0008, R5).
func (s *identity) identify(now time.Time, from step.AssocID, msg enrpmsg.Message) (*peer, sender) {
	a, id := s.assocs.find(from), msg.ServerIDs().Sender
	if a == nil || id == 0 || a.speaker != 0 && a.speaker != id {
		return nil, senderInvalid
	}
	if id == s.own.id() {
		return nil, senderDuplicate
	}
	p := s.peers.find(id)
	if presence, ok := msg.(*enrpmsg.Presence); ok && presence.Server != nil {
		if presence.Server.ID != id {
			return nil, senderInvalid
		}
		if p == nil {
			p = s.peers.findOrAdd(now, id, a.addrs)
		}
	}
	if p == nil {
		return nil, senderStranger
	}
	if a.speaker == 0 && !s.isPlausible(p, a) {
		s.refuse(p, a)
		return nil, senderStranger
	}
	return p, senderPeer
}

// isPlausible reports whether a new association may be with a peer. While an association is
// up, a second association is accepted only from the same port, and from an address of the
// peer. Registrars on this host are trusted, but may have been given the same identifier.
func (s *identity) isPlausible(p *peer, a *association) bool {
	present := s.assocs.find(p.assoc)
	return present == nil || hasSamePort(a.addrs, present.addrs) &&
		(isLoopback(a.addrs) || isLoopback(present.addrs) || hasSameHost(a.addrs, present.addrs) ||
			hasSameHost(a.addrs, p.announced) || hasSameHost(a.addrs, p.configured))
}

// refuse does not accept an association for a peer. If the peer has started over elsewhere,
// the Presence ends its former association.
func (s *identity) refuse(p *peer, a *association) {
	if a.refused == 0 {
		s.presences.greet(p, true)
	}
	a.refused = p.id
}

// reconsider asks registrars for their identity that were refused because of an association
// of a peer. That association is down.
func (s *identity) reconsider(peer wire.ServerID) {
	for _, assoc := range s.assocs.takeRefused(peer) {
		s.presences.send(assoc, peer, true)
	}
}
