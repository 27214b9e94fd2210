package registrar

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// enrpSide is the side of other registrars.
type enrpSide struct {
	endpoint transport.Endpoint
	hub      *hub.Hub[enrpMessage]
	group    transport.Group // nil: no multicast
}

func (e *enrpSide) listen(ctx context.Context, config Config) (err error) {
	if config.Presence.IsValid() {
		if e.group, err = config.Network.Join(ctx, config.Presence); err != nil {
			return err
		}
	}
	if e.endpoint, err = config.Network.Listen(ctx, config.ENRP); err != nil {
		if e.group != nil {
			err = errors.Join(err, e.group.Close())
		}
		return err
	}
	e.hub = hub.New(hub.Config[enrpMessage]{
		Endpoint:    e.endpoint,
		Decode:      decoder[enrpmsg.Type](wire.PPIDENRP, enrpmsg.Parse),
		DialTimeout: 5 * time.Second,
		QueueLimit:  16384,
		QueueOctets: 8 << 20, // More than so many Handle Updates, but few parts of tables.
	})
	return nil
}

// hear passes Presences that come by multicast to the loop.
func (s *Server) hear(ctx context.Context) {
	for {
		data, source, err := s.enrp.group.Receive(ctx)
		if err != nil {
			return // Only the end does that.
		}
		m, err := enrpmsg.Parse(data)
		presence, ok := m.(*enrpmsg.Presence)
		if err != nil || !ok || enrpmsg.Unrecognized(presence).Discard {
			s.log.Debug("datagram ignored", "source", source, "error", err)
			continue
		}
		if s.call(ctx, func() { s.heard(source, presence) }) != nil {
			return
		}
	}
}

// heard takes a Presence in the loop.
func (s *Server) heard(source netip.AddrPort, presence *enrpmsg.Presence) {
	if s.config.Observe != nil {
		s.observed(Observation{Time: time.Now(), Multicast: true, ENRP: presence})
	}
	s.stepENRP(enrp.Heard{Source: source, Presence: presence})
}

func (s *Server) enrpEvent(ev hub.Event[enrpMessage]) {
	assoc := enrp.AssocID(ev.Assoc)
	switch ev.Kind {
	case hub.Up:
		s.log.Debug("peer association up", "assoc", ev.Assoc, "peer", ev.Peer)
		s.stepENRP(enrp.AssociationUp{Assoc: assoc, Dial: enrp.DialID(ev.Dial), Peer: ev.Peer})
	case hub.Down:
		s.log.Debug("peer association down", "assoc", ev.Assoc, "error", ev.Err)
		s.stepENRP(enrp.AssociationDown{Assoc: assoc})
	case hub.DialFailed:
		s.log.Debug("peer not reached", "error", ev.Err)
		s.stepENRP(enrp.DialFailed{Dial: enrp.DialID(ev.Dial)})
	case hub.Received:
		s.enrpReceived(assoc, ev)
	}
}

func (s *Server) enrpReceived(assoc enrp.AssocID, ev hub.Event[enrpMessage]) {
	if ev.Err != nil {
		s.log.Debug("malformed message of a peer", "assoc", ev.Assoc, "error", ev.Err)
		if syntax, ok := errors.AsType[*wire.SyntaxError](ev.Err); ok {
			s.stepENRP(enrp.Malformed{Assoc: assoc, Type: ev.Message.typ, Err: syntax})
		}
		return
	}
	s.log.Debug("received of a peer", "assoc", ev.Assoc, "msg", ev.Message.message)
	if s.config.Observe != nil {
		s.observed(Observation{Time: time.Now(), ENRP: ev.Message.message})
	}
	event := enrp.Received{Assoc: assoc, Message: ev.Message.message}
	if a := s.enrp.hub.Association(ev.Assoc); a != nil {
		event.RTT = a.RTT()
	}
	s.stepENRP(event)
}

// stepENRP tells the registrar what has happened on this side.
func (s *Server) stepENRP(ev enrp.Event) {
	s.act(s.core.StepENRP(time.Now(), ev))
}

func (s *Server) actENRP(action enrp.Action) {
	switch a := action.(type) {
	case enrp.Send:
		s.log.Debug("sent to a peer", "assoc", uint64(a.Assoc), "msg", a.Message.Type())
		if s.config.Observe != nil {
			s.observedENRP(a.Message, false)
		}
		if errors.Is(s.enrp.hub.Send(uint64(a.Assoc), wire.PPIDENRP, a.Message), hub.ErrQueueFull) {
			s.enrp.hub.Abort(uint64(a.Assoc), "send queue full")
		}
	case enrp.Multicast:
		s.multicast(a.Message)
	case enrp.Dial:
		s.enrp.hub.Dial(uint64(a.Dial), a.Addrs)
	case enrp.Abort:
		s.enrp.hub.Abort(uint64(a.Assoc), a.Reason)
	case enrp.Ready:
		log := s.log
		if a.Mentor != 0 {
			log = log.With("mentor", a.Mentor)
		}
		log.Info("ready", "elements", s.core.Handlespace().Len())
	case enrp.PeerFound:
		s.log.Info("peer found", "peer_id", a.ID)
	case enrp.PeerLost:
		s.log.Warn("peer lost", "peer_id", a.ID, "taken_over", a.Elements)
	case enrp.Duplicate:
		s.log.Warn("another registrar has the same identifier", "id", s.config.ID, "peer", a.Addrs)
	case enrp.Synchronized:
		s.log.Info("synchronized", "peer_id", a.ID, "elements", a.Elements, "purged", a.Purged)
	}
}

// multicast sends a message to the group of registrars.
func (s *Server) multicast(m enrp.Message) {
	if !s.config.Presence.IsValid() {
		return
	}
	data, err := m.AppendBinary(nil)
	if err == nil {
		if s.config.Observe != nil {
			s.observedENRP(m, true)
		}
		err = s.enrp.endpoint.SendMulticast(s.config.Presence, data)
	}
	if err != nil {
		s.log.Warn("presence not sent", "group", s.config.Presence, "error", err)
	}
}
