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

// An Observation is a message that a registrar receives or sends, or an element that it
// removed. Two of the fields ASAP, ENRP and Removed are nil. The values that an
// Observation points to must not be changed.
type Observation struct {
	Time     time.Time
	Observer wire.ServerID // the registrar

	// Sent: the registrar sends the message. False: the registrar received it.
	Sent bool
	// Multicast: the message goes to a group, or came by multicast.
	Multicast bool
	ASAP      asapmsg.Message
	ENRP      enrpmsg.Message

	// Removed is an element that the registrar removed.
	Removed *Removal
}

// A Removal is an element that a registrar removed from its pool. There is an Observation for each
// removed element, even where the log has a record for many.
type Removal struct {
	Pool   wire.PoolHandle
	ID     wire.PEID
	Reason RemoveReason
}

// RemoveReason tells why an element was removed.
type RemoveReason string

// The reasons.
const (
	// RemovedDeregistered: the element deregistered itself (RFC 5352, 3.2).
	RemovedDeregistered = RemoveReason(asapside.RemovedDeregistered)
	// RemovedAssociation: the association of the element's registration ended.
	RemovedAssociation = RemoveReason(asapside.RemovedAssociation)
	// RemovedKeepAlive: the element did not acknowledge a keep-alive (RFC 5352, 3.4).
	RemovedKeepAlive = RemoveReason(asapside.RemovedKeepAlive)
	// RemovedLife: the registration life passed without a new registration.
	RemovedLife = RemoveReason(asapside.RemovedLife)
	// RemovedReports: pool users reported the element as unreachable (RFC 5352, 3.5).
	RemovedReports = RemoveReason(asapside.RemovedReports)
)

// observer turns the events and the actions of a registrar into observations.
type observer struct {
	id          wire.ServerID
	observe     func(Observation)   // nil: nothing is observed
	isMulticast [core.NumSides]bool // the side has a group for its multicasts
}

// observeEvent passes on the message that an event brings.
func (o *observer) observeEvent(now time.Time, ev step.Event) {
	if o.observe == nil {
		return
	}
	switch ev := ev.(type) {
	case step.Received[asapmsg.Message]:
		o.observe(Observation{Time: now, Observer: o.id, ASAP: ev.Message})
	case step.Received[enrpmsg.Message]:
		o.observe(Observation{Time: now, Observer: o.id, ENRP: ev.Message})
	case step.Heard[enrpmsg.Message]:
		o.observe(Observation{Time: now, Observer: o.id, Multicast: true, ENRP: ev.Message})
	}
}

// observeAction passes on the message that an action sends, or the element that the core
// removed.
func (o *observer) observeAction(a core.Action) {
	if o.observe == nil {
		return
	}
	switch action := a.Action.(type) {
	case step.Send:
		o.observeMessage(a.Side, action.Message, false)
	case step.Multicast:
		if o.isMulticast[a.Side] {
			o.observeMessage(a.Side, action.Message, true)
		}
	case asapside.ElementRemoved:
		removal := &Removal{action.Pool, action.ID, RemoveReason(action.Reason)}
		o.observe(Observation{Time: time.Now(), Observer: o.id, Removed: removal})
	}
}

// observeMessage passes on a message that a side sends.
func (o *observer) observeMessage(side core.Side, m step.Message, isMulticast bool) {
	sent := Observation{Time: time.Now(), Observer: o.id, Sent: true, Multicast: isMulticast}
	ok := false
	if side == core.ASAP {
		sent.ASAP, ok = decode(m, asapmsg.Parse)
	} else {
		sent.ENRP, ok = decode(m, enrpmsg.Parse)
	}
	if ok {
		o.observe(sent)
	}
}

// decode returns a message of this registrar, which may be encoded already. It returns false
// if the message cannot be encoded, and thus not be sent.
func decode[M any](m encoding.BinaryAppender, parse func([]byte) (M, error)) (message M, ok bool) {
	if message, ok = m.(M); ok {
		return message, true
	}
	b, err := m.AppendBinary(nil)
	if err == nil {
		message, err = parse(b)
	}
	return message, err == nil
}
