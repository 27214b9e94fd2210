package asap

import (
	"context"
	"sync"
)

// Bounds of the messages that wait for a program to receive them. An empty inbox takes any
// message.
const (
	maxInboxMessages = 64
	maxInboxOctets   = 256 << 10
)

// inbox holds received messages until the program takes them. While it is full, nothing
// more is read from the peer.
type inbox struct {
	mu       sync.Mutex // guards the fields below
	messages []Message
	octets   int
	closed   bool
	room     chan struct{} // closed when there is room again; nil if nobody waits
	arrived  func()        // called after each message
}

// isFull reports whether a message has to wait. The caller has the lock.
func (b *inbox) isFull() bool {
	return len(b.messages) >= maxInboxMessages || b.octets >= maxInboxOctets
}

// put adds a message, or drops it if the inbox is closed. It waits for room, and returns false
// if the context ends before. When the peer is gone, put does not wait: the messages that the
// transport still has are few, and the loss of the peer comes behind them.
func (b *inbox) put(ctx context.Context, gone <-chan struct{}, m Message) bool {
	for {
		b.mu.Lock()
		if b.closed || !b.isFull() || isClosed(gone) {
			break
		}
		if b.room == nil {
			b.room = make(chan struct{})
		}
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-gone:
		case <-ctx.Done():
			return false
		}
	}
	open := !b.closed
	if open {
		b.messages = append(b.messages, m)
		b.octets += len(m.Data)
	}
	b.mu.Unlock()
	if open {
		b.arrived()
	}
	return true
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// take returns the next message. ok is false if none waits.
func (b *inbox) take() (m Message, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) == 0 {
		return m, false
	}
	m = b.messages[0]
	b.messages[0] = Message{}
	b.messages = b.messages[1:]
	b.octets -= len(m.Data)
	if b.room != nil && !b.isFull() {
		close(b.room)
		b.room = nil
	}
	return m, true
}

// close lets nothing more in. Messages that wait can still be taken.
func (b *inbox) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
}
