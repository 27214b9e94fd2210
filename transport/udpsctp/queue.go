package udpsctp

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// A queue holds received messages until Receive takes them.
type queue struct {
	ready chan struct{} // Of capacity 1: there is something to get.

	mu     sync.Mutex
	msgs   []transport.Message
	head   int
	bytes  int
	closed bool
}

func (q *queue) init() { q.ready = make(chan struct{}, 1) }

// put appends a message.
func (q *queue) put(m transport.Message) {
	q.mu.Lock()
	q.msgs = append(q.msgs, m)
	q.bytes += len(m.Data)
	q.mu.Unlock()
	q.signal()
}

// close makes get return false once the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// get takes the next message; ok is false if the queue is closed and empty.
func (q *queue) get(ctx context.Context) (m transport.Message, ok bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return m, false, err
		}
		m, ok, more := q.take()
		if more {
			q.signal() // For the next one that waits.
		}
		if ok || more {
			return m, ok, nil
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
		}
	}
}

// take takes the next message if there is one, and reports whether get has
// something to return after it.
func (q *queue) take() (m transport.Message, ok, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok = q.head < len(q.msgs); ok {
		m = q.msgs[q.head]
		q.msgs[q.head] = transport.Message{}
		q.bytes -= len(m.Data)
		q.head++
		q.tidy()
	}
	return m, ok, q.head < len(q.msgs) || q.closed
}

// tidy gives back the room of messages that were taken. The caller has the lock.
func (q *queue) tidy() {
	const few = 64
	switch {
	case q.head == len(q.msgs):
		q.head, q.msgs = 0, q.msgs[:0]
		if cap(q.msgs) > few {
			q.msgs = nil
		}
	case q.head >= few && q.head >= len(q.msgs)/2:
		n := copy(q.msgs, q.msgs[q.head:])
		clear(q.msgs[n:])
		q.head, q.msgs = 0, q.msgs[:n]
	}
}

// held returns the number of octets and of messages in the queue.
func (q *queue) held() (octets, messages int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes, len(q.msgs) - q.head
}

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
