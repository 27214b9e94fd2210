package service

import (
	"context"
	"sync"
)

// outbox has messages and states for a user, so that a user who does not read holds up its own session
// only. Its methods may be called by several goroutines.
type outbox[T any] struct {
	mu     sync.Mutex // guards the fields below
	items  []T
	closed bool

	more, less chan struct{} // of length 1: items have come, or gone
}

// outboxFull is the number of items at which the messages of the user have to wait.
const outboxFull = 64

func newOutbox[T any]() *outbox[T] {
	return &outbox[T]{more: make(chan struct{}, 1), less: make(chan struct{}, 1)}
}

// put adds an item, in place of the first item that it replaces.
func (o *outbox[T]) put(item T, replaces func(T) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.items {
		if replaces(o.items[i]) {
			o.items[i] = item
			return
		}
	}
	o.items = append(o.items, item)
	signal(o.more)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// close says that nothing more comes.
func (o *outbox[T]) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	signal(o.more)
}

// length returns the number of items.
func (o *outbox[T]) length() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.items)
}

// take returns the next item. over: there is none, and none will come.
func (o *outbox[T]) take() (item T, ok, over bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.items) == 0 {
		return item, false, o.closed
	}
	item = o.items[0]
	o.items = o.items[1:]
	signal(o.less)
	return item, true, false
}

// awaitRoom waits until the outbox is not full, or the context ends.
func (o *outbox[T]) awaitRoom(ctx context.Context) {
	for o.length() >= outboxFull {
		select {
		case <-o.less:
		case <-ctx.Done():
			return
		}
	}
}

// send sends all items until the outbox is closed and empty.
func (o *outbox[T]) send(ctx context.Context, one func(context.Context, T) error) error {
	for {
		item, ok, over := o.take()
		switch {
		case over:
			return nil
		case ok:
			if err := one(ctx, item); err != nil {
				return err
			}
			continue
		}
		select {
		case <-o.more:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
