package registrar

import (
	"encoding"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// An Observation is a message that a registrar has received or sends, or an element that
// it has removed: one of ASAP, ENRP and Removed is not nil. What it points to is only to
// be read.
type Observation struct {
	Time     time.Time
	Observer wire.ServerID // the registrar

	// Sent: the message is being sent; else it has come.
	Sent bool
	// Multicast: it goes to a group, or comes by one.
	Multicast bool
	ASAP      asapmsg.Message
	ENRP      enrpmsg.Message

	// Removed is an element that the registrar has removed, and why.
	Removed *machine.ElementRemoved
}

// observed tells the observer. Callers have seen that there is one, so that nothing is
// prepared for nobody.
func (s *Server) observed(o Observation) {
	o.Observer = s.config.ID
	s.config.Observe(o)
}

// observedASAP tells of a message that is sent.
func (s *Server) observedASAP(m machine.Message, multicast bool) {
	if message, ok := decoded(m, asapmsg.Parse); ok {
		s.observed(Observation{Time: time.Now(), Sent: true, Multicast: multicast, ASAP: message})
	}
}

// observedENRP is observedASAP for messages to other registrars.
func (s *Server) observedENRP(m enrp.Message, multicast bool) {
	if message, ok := decoded(m, enrpmsg.Parse); ok {
		s.observed(Observation{Time: time.Now(), Sent: true, Multicast: multicast, ENRP: message})
	}
}

// decoded returns a message of ours, which may be encoded already, or false if it is none
// after all: then it cannot be sent either.
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
