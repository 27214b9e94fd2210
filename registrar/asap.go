package registrar

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/hub"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// asapSide is the side of pool elements and pool users.
type asapSide struct {
	endpoint transport.Endpoint
	hub      *hub.Hub[asapMessage]
	silent   bool // the last announce could not be sent
}

func (a *asapSide) listen(ctx context.Context, config Config) error {
	endpoint, err := config.Network.Listen(ctx, config.ASAP)
	if err != nil {
		return err
	}
	a.endpoint = endpoint
	a.hub = hub.New(hub.Config[asapMessage]{
		Endpoint:   endpoint,
		Decode:     decoder[asapmsg.Type](wire.PPIDASAP, asapmsg.Parse),
		QueueLimit: 1 << 16, // For the keep-alives of a host with that many elements.
		ReadLimit:  readLimit,
		// An element that was taken over from a dead registrar and is dead itself is
		// not to be offered much longer than any other that has died.
		DialTimeout: min(7500*time.Millisecond, time.Second+2*cmp.Or(config.Elements.KeepAliveTimeout, 5*time.Second)),
	})
	return nil
}

func (s *Server) asapEvent(now time.Time, ev hub.Event[asapMessage]) {
	assoc := machine.AssocID(ev.Assoc)
	switch ev.Kind {
	case hub.Up:
		s.log.Debug("association up", "assoc", ev.Assoc, "peer", ev.Peer)
		s.stepASAP(now, machine.AssociationUp{Assoc: assoc, Dial: machine.DialID(ev.Dial), Peer: ev.Peer})
	case hub.Down:
		s.log.Debug("association down", "assoc", ev.Assoc, "error", ev.Err)
		s.stepASAP(now, machine.AssociationDown{Assoc: assoc})
	case hub.DialFailed:
		s.log.Debug("element not reached", "error", ev.Err)
		s.stepASAP(now, machine.DialFailed{Dial: machine.DialID(ev.Dial)})
	case hub.Received:
		s.asapReceived(now, assoc, ev)
	}
}

// tracing reports whether each message is logged. Its arguments are not free.
func (s *Server) tracing() bool { return s.log.Enabled(context.Background(), slog.LevelDebug) }

func (s *Server) asapReceived(now time.Time, assoc machine.AssocID, ev hub.Event[asapMessage]) {
	if ev.Err != nil {
		s.log.Debug("malformed message", "assoc", ev.Assoc, "error", ev.Err)
		if syntax, ok := errors.AsType[*wire.SyntaxError](ev.Err); ok {
			s.stepASAP(now, machine.Malformed{Assoc: assoc, Type: ev.Message.typ, Err: syntax})
		}
		return
	}
	if s.tracing() {
		s.log.Debug("received", "assoc", ev.Assoc, "msg", ev.Message.message)
	}
	if s.config.Observe != nil {
		s.observed(Observation{Time: now, ASAP: ev.Message.message})
	}
	event := machine.Received{Assoc: assoc, Message: ev.Message.message}
	if m, ok := ev.Message.message.(*asapmsg.Registration); ok && m.PoolElement.Policy.Type.Fields()&wire.FieldDistance != 0 {
		if a := s.asap.hub.Association(ev.Assoc); a != nil {
			event.RTT = a.RTT()
		}
	}
	s.stepASAP(now, event)
}

// stepASAP tells the registrar what has happened on this side.
func (s *Server) stepASAP(now time.Time, ev machine.Event) {
	s.act(s.core.StepASAP(now, ev))
}

func (s *Server) actASAP(action machine.Action) {
	switch a := action.(type) {
	case machine.Send:
		s.sendASAP(a)
	case machine.Dial:
		s.asap.hub.Dial(uint64(a.Dial), a.Addrs)
	case machine.End:
		s.asap.hub.End(uint64(a.Assoc))
	case machine.Abort:
		s.asap.hub.Abort(uint64(a.Assoc), a.Reason)
	case machine.Announce:
		s.announce(a.ID)
	case machine.ElementRegistered:
		s.log.Info("element registered", "pool", a.Pool, "pe_id", a.ID, "assoc", uint64(a.Assoc))
	case machine.ElementMoved:
		s.log.Warn("element registered again over another association", "pool", a.Pool, "pe_id", a.ID, "assoc", uint64(a.To), "before", uint64(a.From))
	case machine.ElementAdopted:
		s.log.Info("element adopted", "pool", a.Pool, "pe_id", a.ID)
	case machine.ElementRemoved:
		s.log.Info("element removed", "pool", a.Pool, "pe_id", a.ID, "reason", string(a.Reason))
		if s.config.Observe != nil {
			removed := a // So that it costs nothing without an observer.
			s.observed(Observation{Time: time.Now(), Removed: &removed})
		}
	}
}

const (
	// readLimit is how many messages may wait for a peer of which more is read.
	readLimit = 128
	// maxUnasked is how many may wait when it is sent another one that it has not
	// asked for: more than answers alone can be. Subscribers that do not read would
	// fill the memory.
	maxUnasked = 2 * readLimit
)

func (s *Server) sendASAP(a machine.Send) {
	assoc := uint64(a.Assoc)
	if s.tracing() {
		s.log.Debug("sent", "assoc", assoc, "msg", a.Message.Type())
	}
	if s.config.Observe != nil {
		s.observedASAP(a.Message, false)
	}
	if a.Unasked && s.asap.hub.Waiting(assoc) >= maxUnasked ||
		errors.Is(s.asap.hub.Send(assoc, wire.PPIDASAP, a.Message), hub.ErrQueueFull) {
		s.asap.hub.Abort(assoc, "send queue full")
	}
}

// announce sends an ASAP_SERVER_ANNOUNCE. Receivers take its source for our address;
// the transport parameter tells them the others. Loopback is of use only to those
// who hear the announce there.
func (s *Server) announce(id wire.ServerID) {
	m := asapmsg.ServerAnnounce{ServerID: id}
	t := wire.Transport{Protocol: wire.SCTP}
	for _, a := range s.asap.endpoint.LocalAddrs() {
		t.Port = a.Port()
		if !a.Addr().IsLoopback() && !a.Addr().IsLinkLocalUnicast() {
			t.Addrs = append(t.Addrs, a.Addr())
		}
	}
	if len(t.Addrs) > 0 {
		m.Transports = []wire.Transport{t}
	}
	data, err := m.AppendBinary(nil)
	if err == nil {
		if s.config.Observe != nil {
			s.observedASAP(&m, true)
		}
		err = s.asap.endpoint.SendMulticast(s.config.Announce, data)
	}
	if err != nil && !s.asap.silent {
		s.log.Warn("announces are not sent", "group", s.config.Announce, "error", err)
	}
	s.asap.silent = err != nil
}
