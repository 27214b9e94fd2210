package hub

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/transport"
)

// Kind is the kind of an [Event].
type Kind uint8

// The kinds of events. Of one association, Up comes first and Down last.
const (
	// Up: an association is up, or has been dialled that was up already.
	Up Kind = iota + 1
	// Received: a message has come.
	Received
	// Down: an association has ended.
	Down
	// DialFailed: an association could not be opened.
	DialFailed
)

// An Event is what happens at an endpoint.
type Event[M any] struct {
	Kind Kind

	// Assoc is the association's ID, 0 for DialFailed.
	Assoc uint64

	// Dial is the token of the call of Dial that Up or DialFailed answers, 0 for
	// an association that the peer has opened.
	Dial uint64

	// Peer are the peer's addresses, of Up.
	Peer []netip.AddrPort

	// Message is what Received brings, unless Err says why it could not be decoded.
	Message M

	// Err is the decoder's error of Received, or the cause of Down and DialFailed.
	Err error
}

// decode returns the event for a message.
func (h *Hub[M]) decode(assoc uint64, raw transport.Message) Event[M] {
	m, err := h.config.Decode(raw)
	return Event[M]{Kind: Received, Assoc: assoc, Message: m, Err: err}
}
