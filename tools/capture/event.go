package capture

import (
	"time"
	"unsafe"

	"github.com/rserpool-go/rserpool/transport"
)

// A kind is the kind of an event.
type kind uint8

// The kinds.
const (
	opened   kind = iota // an association came up
	message              // a message of an association
	ended                // an association has ended; the data is the reason
	datagram             // a multicast datagram
)

// An event is something that an endpoint has seen.
type event struct {
	kind kind
	// inbound: the message comes from the peer, or the peer has begun the graceful end.
	inbound bool
	cause   transport.Cause // of the end
	stream  uint16
	ppid    uint32
	flow    *flow
	at      time.Time
	end     int // of the event's data, within the data of the batch
}

// eventSize is the memory of an event without its data, in octets.
const eventSize = int(unsafe.Sizeof(event{}))

// hasMessage reports whether the event is about a message, so that its loss counts.
func (e *event) hasMessage() bool { return e.kind == message || e.kind == datagram }

// A batch is a list of events with their data, which is copied one after the other.
type batch struct {
	events []event
	data   []byte

	messages int // the number of events with a message
}

// size returns the memory in use, in octets.
func (b *batch) size() int { return len(b.events)*eventSize + len(b.data) }

func (b *batch) add(e event, data []byte) {
	b.data = append(b.data, data...)
	e.end = len(b.data)
	b.events = append(b.events, e)
	if e.hasMessage() {
		b.messages++
	}
}

// reset empties the batch, and keeps its memory.
func (b *batch) reset() {
	clear(b.events) // They refer to flows.
	b.events, b.data, b.messages = b.events[:0], b.data[:0], 0
}
