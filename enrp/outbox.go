package enrp

import (
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// outbox holds the actions of the current step, and of changes of the handlespace before
// it.
type outbox struct{ actions []step.Action }

// add adds an action.
func (o *outbox) add(a step.Action) { o.actions = append(o.actions, a) }

// take removes all actions.
func (o *outbox) take() []step.Action {
	actions := o.actions
	o.actions = nil
	return actions
}

// send sends a message, unless there is no association.
func (o *outbox) send(assoc step.AssocID, msg step.Message) {
	if assoc != 0 {
		o.add(step.Send{Assoc: assoc, Message: msg})
	}
}

// encoded is a message in octets, for several peers.
type encoded struct {
	typ  enrpmsg.Type
	data []byte
}

// encode encodes a message of our own, which must not be too long.
func encode(msg enrpmsg.Message) encoded {
	data, err := msg.AppendBinary(nil)
	if err != nil {
		panic("BUG: " + msg.Type().String() + " cannot be encoded: " + err.Error())
	}
	return encoded{msg.Type(), data}
}

// Type returns the message's type.
func (e encoded) Type() enrpmsg.Type { return e.typ }

// AppendBinary appends the message.
func (e encoded) AppendBinary(b []byte) ([]byte, error) { return append(b, e.data...), nil }
