package enrp

import "github.com/rserpool-go/rserpool/wire/enrpmsg"

// encoded is a message that is encoded already, to be sent to several peers.
type encoded struct {
	typ  enrpmsg.Type
	data []byte
}

// Type returns the message's type.
func (e encoded) Type() enrpmsg.Type { return e.typ }

// Len returns the length in octets.
func (e encoded) Len() int { return len(e.data) }

// AppendBinary appends the message.
func (e encoded) AppendBinary(b []byte) ([]byte, error) { return append(b, e.data...), nil }
