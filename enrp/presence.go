package enrp

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// presences sends our Presences.
type presences struct {
	own       *registrar
	out       *outbox
	transfers *transfers
	assocs    *associations
}

// compose returns a Presence; isLocal is for a receiver on this host. While the endpoint has
// no address, there is no server information.
func (s *presences) compose(receiver wire.ServerID, replyRequired, isLocal bool) *enrpmsg.Presence {
	msg := &enrpmsg.Presence{
		IDs:           s.own.ids(receiver),
		ReplyRequired: replyRequired,
		Checksum:      s.transfers.checksum(s.own.id()),
	}
	if t := transportOf(s.own.addrs, isLocal); len(t.Addrs) > 0 {
		msg.Server = &wire.ServerInformation{ID: s.own.id(), Transport: t}
	}
	return msg
}

// send sends a Presence over an association.
func (s *presences) send(assoc step.AssocID, receiver wire.ServerID, replyRequired bool) {
	s.out.send(assoc, s.compose(receiver, replyRequired, s.assocs.isLocal(assoc)))
}

// greet sends a Presence to a peer.
func (s *presences) greet(p *peer, replyRequired bool) {
	s.send(p.assoc, p.id, replyRequired)
}

// multicast sends a Presence to the group.
func (s *presences) multicast(replyRequired bool) {
	s.out.add(step.Multicast{Message: s.compose(0, replyRequired, false)})
}
