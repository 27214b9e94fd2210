package registrar

import (
	"encoding"
	"time"

	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// An Observation is a message that a registrar receives or sends, or an element that it has
// removed: one of ASAP, ENRP and Removed is not nil. The values that it points to must not
// be changed.
type Observation struct {
	Time     time.Time
	Observer wire.ServerID // the registrar

	// Sent: the message is being sent; else it has come.
	Sent bool
	// Multicast: the message goes to a group, or comes by multicast.
	Multicast bool
	ASAP      asapmsg.Message
	ENRP      enrpmsg.Message

	// Removed is an element that the registrar has removed.
	Removed *Removal
}

// A Removal is an element that a registrar has removed from its pool.
type Removal struct {
	Pool   wire.PoolHandle
	ID     wire.PEID
	Reason RemoveReason
}

// RemoveReason tells why an element has been removed.
type RemoveReason string

// The reasons.
const (
	RemovedDeregistered = RemoveReason(asapside.RemovedDeregistered)
	RemovedAssociation  = RemoveReason(asapside.RemovedAssociation)
	RemovedKeepAlive    = RemoveReason(asapside.RemovedKeepAlive)
	RemovedLife         = RemoveReason(asapside.RemovedLife)
	RemovedReports      = RemoveReason(asapside.RemovedReports)
)

// observe calls the observer. Callers check that there is one before they build the
// Observation.
func (s *Server) observe(o Observation) {
	o.Observer = s.config.ID
	s.config.Observe(o)
}

// observeEvent tells the observer of a message that has come.
func (s *Server) observeEvent(now time.Time, ev step.Event) {
	switch ev := ev.(type) {
	case step.Received[asapmsg.Message]:
		s.observe(Observation{Time: now, ASAP: ev.Message})
	case step.Received[enrpmsg.Message]:
		s.observe(Observation{Time: now, ENRP: ev.Message})
	case step.Heard[enrpmsg.Message]:
		s.observe(Observation{Time: now, Multicast: true, ENRP: ev.Message})
	}
}

// observeAction tells the observer of a message that is being sent, or of an element that
// was removed.
func (s *Server) observeAction(a core.Action) {
	switch action := a.Action.(type) {
	case step.Send:
		s.observeSent(a.Side, action.Message, false)
	case step.Multicast:
		if a.Side == core.ASAP && s.config.Announce.IsValid() || a.Side == core.ENRP && s.config.Presence.IsValid() {
			s.observeSent(a.Side, action.Message, true)
		}
	case asapside.ElementRemoved:
		s.observe(Observation{Time: time.Now(), Removed: &Removal{action.Pool, action.ID, RemoveReason(action.Reason)}})
	}
}

func (s *Server) observeSent(side core.Side, m step.Message, multicast bool) {
	o := Observation{Time: time.Now(), Sent: true, Multicast: multicast}
	ok := false
	if side == core.ASAP {
		o.ASAP, ok = decoded(m, asapmsg.Parse)
	} else {
		o.ENRP, ok = decoded(m, enrpmsg.Parse)
	}
	if ok {
		s.observe(o)
	}
}

// decoded returns a message of this registrar, which may be encoded already. It returns false
// if the message cannot be encoded, and thus not be sent.
func decoded[M any](m encoding.BinaryAppender, parse func([]byte) (M, error)) (message M, ok bool) {
	if message, ok = m.(M); ok {
		return message, true
	}
	b, err := m.AppendBinary(nil)
	if err == nil {
		message, err = parse(b)
	}
	return message, err == nil
}
