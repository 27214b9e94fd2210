// Package recvqueue has the queue of received messages that an association keeps for
// Receive.
package recvqueue

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/fifo"
)

// A Queue holds received messages until Get takes them. Its methods may be called by
// several goroutines. A queue accepts every message: a caller of Put that keeps to a
// bound looks at Size and at the results of Put, or waits in AwaitRoom.
type Queue struct {
	ready chan struct{} // Of capacity 1; filled when Get has something to return.
	room  chan struct{} // Of capacity 1; filled when there may be room again. Nil without a limit.
	limit int

	mu         sync.Mutex
	msgs       fifo.Queue[transport.Message]
	octets     int   // The size of all data.
	err        error // The error of Close; set once.
	discarding bool  // Discard was called.
}

// New returns a queue that is full at limit octets. Each message counts as its data plus
// [budget.PerMessage]. A limit of 0 means that the queue is never full.
func New(limit int) *Queue {
	q := &Queue{ready: make(chan struct{}, 1), limit: limit}
	if limit > 0 {
		q.room = make(chan struct{}, 1)
	}
	return q
}

// Put appends a message, and reports whether the queue is full afterwards. The message's
// data belongs to the queue from now on.
func (q *Queue) Put(m transport.Message) (full bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.discarding {
		return false
	}
	q.msgs.Push(m)
	q.octets += len(m.Data)
	signal(q.ready)
	return q.isFull()
}

// IsFull reports whether the queue is full.
func (q *Queue) IsFull() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.isFull()
}

// isFull is IsFull with the lock held.
func (q *Queue) isFull() bool {
	return q.limit > 0 && q.octets+budget.PerMessage*q.msgs.Len() >= q.limit
}

// Close makes Get return err, which must not be nil, once the queue is empty. Only the
// first call of Close counts.
func (q *Queue) Close(err error) {
	q.mu.Lock()
	if q.err == nil {
		q.err = err
	}
	q.mu.Unlock()
	signal(q.ready)
	signal(q.room)
}

// Discard drops all messages in the queue, and all messages that Put appends from now on.
func (q *Queue) Discard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.discarding = true
	q.msgs, q.octets = fifo.Queue[transport.Message]{}, 0
	signal(q.room)
}

// Get takes the next message. Get waits while the queue is empty, and returns the error
// of Close when the queue is empty and closed. A call that returns the error of its
// context has taken no message.
func (q *Queue) Get(ctx context.Context) (transport.Message, error) {
	if err := ctx.Err(); err != nil {
		return transport.Message{}, err
	}
	for {
		m, ok, more := q.take()
		if more {
			signal(q.ready) // For the next waiting call.
		}
		switch {
		case ok:
			return m, nil
		case more:
			return m, q.err // Set once, so no lock is needed.
		}
		select {
		case <-q.ready: // The loop must look at the queue even if the context has ended: no other call got this signal.
		case <-ctx.Done():
			return transport.Message{}, ctx.Err()
		}
	}
}

// take takes the next message, if there is one. In more, take reports whether Get has
// another result afterwards: a message, or the error of Close.
func (q *Queue) take() (m transport.Message, ok, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok = q.msgs.Len() > 0; ok {
		was := q.isFull()
		m = q.msgs.Pop()
		q.octets -= len(m.Data)
		if was && !q.isFull() {
			signal(q.room)
		}
	}
	return m, ok, q.msgs.Len() > 0 || q.err != nil
}

// Size returns the octets of data, and the number of messages, in the queue.
func (q *Queue) Size() (octets, messages int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.octets, q.msgs.Len()
}

// AwaitRoom waits until the queue is not full, and reports false if the queue is closed.
// Only a single goroutine may wait at a time.
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

// signal fills a channel of capacity 1, if the channel is empty. On a nil channel, signal
// does nothing.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
