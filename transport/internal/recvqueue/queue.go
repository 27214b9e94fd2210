// Package recvqueue has the queue of received messages that an association keeps
// for Receive.
package recvqueue

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
)

// overhead is what a message counts towards the limit besides its data, in octets,
// so that small ones are bounded too.
const overhead = 64

// A Queue holds received messages until Get takes them. Its methods may be called by
// several goroutines. It refuses nothing: who puts messages in keeps to its bounds,
// by what Put and Held tell, or waits in AwaitRoom.
type Queue struct {
	ready chan struct{} // Of capacity 1: there is something to get.
	room  chan struct{} // Of capacity 1: there may be room again. Nil without a limit.
	limit int

	mu     sync.Mutex
	msgs   []transport.Message
	head   int
	octets int   // Of data.
	err    error // Why the queue is closed; set once.
}

// New returns a queue that is full when it holds limit octets, with 64 counted for
// each message besides its data. 0: it is never full.
func New(limit int) *Queue {
	q := &Queue{ready: make(chan struct{}, 1), limit: limit}
	if limit > 0 {
		q.room = make(chan struct{}, 1)
	}
	return q
}

// Put appends a message, whose data is the queue's from now on, and reports whether
// the queue is full now.
func (q *Queue) Put(m transport.Message) (full bool) {
	q.mu.Lock()
	q.msgs = append(q.msgs, m)
	q.octets += len(m.Data)
	full = q.isFull()
	q.mu.Unlock()
	signal(q.ready)
	return full
}

// IsFull reports whether the queue is full.
func (q *Queue) IsFull() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.isFull()
}

// isFull reports whether the limit is reached. The lock is held.
func (q *Queue) isFull() bool {
	return q.limit > 0 && q.octets+overhead*(len(q.msgs)-q.head) >= q.limit
}

// Close makes Get return err, which is not nil, once the queue is empty. The first
// error counts.
func (q *Queue) Close(err error) {
	q.mu.Lock()
	if q.err == nil {
		q.err = err
	}
	q.mu.Unlock()
	signal(q.ready)
	signal(q.room)
}

// Get takes the next message. It waits while there is none, and returns the error of
// Close when there will be none. A call that its context ends has taken none.
func (q *Queue) Get(ctx context.Context) (transport.Message, error) {
	if err := ctx.Err(); err != nil {
		return transport.Message{}, err
	}
	for {
		m, ok, more := q.take()
		if more {
			signal(q.ready) // For the next one that waits.
		}
		switch {
		case ok:
			return m, nil
		case more:
			return m, q.err // It does not change any more.
		}
		select {
		case <-q.ready: // Who has the signal looks, even if its context has ended now: the others do not.
		case <-ctx.Done():
			return transport.Message{}, ctx.Err()
		}
	}
}

// take takes the next message if there is one, and reports whether Get has
// something to return after it: a message, or the error of Close.
func (q *Queue) take() (m transport.Message, ok, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok = q.head < len(q.msgs); ok {
		m = q.msgs[q.head]
		q.msgs[q.head] = transport.Message{}
		was := q.isFull()
		q.octets -= len(m.Data)
		q.head++
		if was && !q.isFull() {
			signal(q.room)
		}
		q.compact()
	}
	return m, ok, q.head < len(q.msgs) || q.err != nil
}

// compact gives back the memory of messages that were taken. The lock is held.
func (q *Queue) compact() {
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

// Size returns the octets of data, and the number of messages, in the queue.
func (q *Queue) Size() (octets, messages int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.octets, len(q.msgs) - q.head
}

// AwaitRoom waits until the queue is not full, and reports false if it is closed. One
// goroutine at a time may wait.
func (q *Queue) AwaitRoom() bool {
	for {
		q.mu.Lock()
		full, closed := q.isFull(), q.err != nil
		q.mu.Unlock()
		if closed || !full {
			return !closed
		}
		<-q.room
	}
}

// signal leaves a signal for one that waits, unless there is one already. On a nil
// channel it does nothing.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
