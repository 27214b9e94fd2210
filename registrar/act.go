package registrar

import (
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
)

// handle tells the core of an event of a side's endpoint.
func (s *Server) handle(now time.Time, side core.Side, ev step.Event) {
	if s.config.Observe != nil {
		s.observeEvent(now, ev)
	}
	s.act(s.core.Step(now, side, ev))
}

// act carries out the actions of the core.
func (s *Server) act(actions []core.Action) {
	for _, a := range actions {
		if s.config.Observe != nil {
			s.observeAction(a)
		}
		if !s.sides[a.Side].Do(a.Action) {
			s.logAction(a.Action)
		}
	}
}

// logAction logs the news of both sides.
func (s *Server) logAction(action step.Action) {
	switch a := action.(type) {
	case asapside.ElementRegistered:
		s.log.Info("element registered", "pool", a.Pool, "pe_id", a.ID, "assoc", a.Assoc)
	case asapside.ElementMoved:
		s.log.Warn("element registered again over another association", "pool", a.Pool, "pe_id", a.ID, "assoc", a.To, "before", a.From)
	case asapside.ElementAdopted:
		s.log.Info("element adopted", "pool", a.Pool, "pe_id", a.ID)
	case asapside.ElementRemoved:
		s.log.Info("element removed", "pool", a.Pool, "pe_id", a.ID, "reason", a.Reason)
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
