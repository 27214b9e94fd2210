package script

import (
	"bytes"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A Message is a message of ASAP or ENRP with its octets.
type Message struct {
	// Octets are the message as it was on the wire.
	Octets []byte
	// ASAP or ENRP is the decoded message. Both are nil if the octets are damaged.
	ASAP asapmsg.Message
	ENRP enrpmsg.Message
}

// ParseMessage decodes a message. It keeps a copy of b.
func ParseMessage(ppid uint32, b []byte) Message {
	m := Message{Octets: bytes.Clone(b)}
	switch ppid {
	case wire.PPIDASAP:
		if parsed, err := asapmsg.Parse(b); err == nil {
			m.ASAP = parsed
		}
	case wire.PPIDENRP:
		if parsed, err := enrpmsg.Parse(b); err == nil {
			m.ENRP = parsed
		}
	}
	return m
}

// AppendBinary appends the octets.
func (m Message) AppendBinary(b []byte) ([]byte, error) { return append(b, m.Octets...), nil }

// Len returns the length of the message in octets.
func (m Message) Len() int { return len(m.Octets) }

// Name returns the name of the message in its RFC, and "damaged message" for octets that are
// no message.
func (m Message) Name() string {
	switch {
	case m.ASAP != nil:
		return m.ASAP.Type().String()
	case m.ENRP != nil:
		return m.ENRP.Type().String()
	}
	return "damaged message"
}
