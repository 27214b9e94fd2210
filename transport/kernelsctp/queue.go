package kernelsctp

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// A queue holds received messages until Receive takes them.
type queue struct {
	ready chan struct{} // Of capacity 1: there is something to get.
	room  chan struct{} // Of capacity 1: there may be room again.
	limit int

	mu     sync.Mutex
	msgs   []transport.Message
	head   int
	bytes  int
	closed bool
}

// overhead is what a message counts besides its data, in octets, so that
// small ones are bounded too.
const overhead = 64

func newQueue(limit int) *queue {
	return &queue{ready: make(chan struct{}, 1), room: make(chan struct{}, 1), limit: limit}
}

// put appends a message, and reports whether the queue is full now.
func (q *queue) put(m transport.Message) (full bool) {
	q.mu.Lock()
	q.msgs = append(q.msgs, m)
	q.bytes += len(m.Data) + overhead
	full = q.bytes >= q.limit
	q.mu.Unlock()
	signal(q.ready)
	return full
}

// close makes get return false once the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	signal(q.ready)
	signal(q.room)
}

// get takes the next message; ok is false if the queue is closed and empty.
func (q *queue) get(ctx context.Context) (m transport.Message, ok bool, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return m, false, err
		}
		m, ok, more := q.take()
		if more {
			signal(q.ready) // For the next one that waits.
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
		was := q.bytes
		q.bytes -= len(m.Data) + overhead
		if was >= q.limit && q.bytes < q.limit {
			signal(q.room)
		}
		q.head++
		q.tidy()
	}
	return m, ok, q.head < len(q.msgs) || q.closed
}

// tidy gives back the room of messages that were taken.
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

// awaitRoom waits until the queue is not full, and reports false if it is closed.
func (q *queue) awaitRoom() bool {
	for {
		q.mu.Lock()
		full, closed := q.bytes >= q.limit, q.closed
		q.mu.Unlock()
		if closed || !full {
			return !closed
		}
		<-q.room
	}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
