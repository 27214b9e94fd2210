package asap

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/wire"
)

// view is a user's session as its program sees it. The loop moves the session to other
// elements at any time; the program is told of a move by its next call, and neither sends to
// the new element nor receives from it before.
type view struct {
	manual bool

	mu      sync.Mutex     // guards the fields below
	known   *connection    // the element that the program knows; nil before the first
	gone    bool           // the known element is gone
	next    *connection    // the successor of the known element; nil: none yet
	news    *FailoverError // to be told; nil: nothing
	stopped bool           // the session waits for Failover, and the program has to be told
	told    bool           // the program knows that the known element is gone
	ups     int            // number of times that an element served the session
	closed  bool
	failure error         // of the last attempt to reach an element
	changed chan struct{} // closed at the next change; nil if nobody waits
}

// setFailure notes why no element was reached.
func (v *view) setFailure(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failure = err
}

// lastFailure returns why no element was reached, nil if there was no attempt.
func (v *view) lastFailure() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.failure
}

// change wakes all callers that wait. The caller has the lock.
func (v *view) change() {
	if v.changed != nil {
		close(v.changed)
		v.changed = nil
	}
}

// wake wakes all callers that wait.
func (v *view) wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.change()
}

// await unlocks, and waits for a change.
func (v *view) await(ctx context.Context) error {
	if v.changed == nil {
		v.changed = make(chan struct{})
	}
	changed := v.changed
	v.mu.Unlock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// setUp notes that an element serves the session.
func (v *view) setUp(c *connection, stateRestored bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ups++
	if v.known == nil {
		v.known = c
	} else {
		v.next = c
		v.news.To, v.news.StateRestored = c.element, stateRestored
	}
	v.change()
}

// setDown notes that the element that serves the session is gone. The session is stopped if it
// waits for Failover.
func (v *view) setDown(orderly, stopped bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stopped = stopped
	switch {
	case v.next == nil:
		v.gone, v.told = true, false
		v.news = &FailoverError{From: v.known.element, Orderly: orderly}
	case v.told: // The program has called Failover since.
		v.news = &FailoverError{From: v.next.element, Orderly: orderly}
		v.next = nil
	default: // The program does not know the element, and need not.
		v.next = nil
		v.news.To, v.news.StateRestored = 0, false
	}
	v.change()
}

// resume notes that the program has called Failover. It reports whether the session has moved
// already from the element that the program knows, and the number of times that an element served
// the session before.
func (v *view) resume() (moved bool, ups int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stopped = false
	return v.next != nil, v.ups
}

// awaitUp waits until an element has served the session more than ups times.
func (v *view) awaitUp(ctx context.Context, ups int) error {
	for {
		v.mu.Lock()
		if v.closed {
			v.mu.Unlock()
			return ErrClosed
		}
		if v.ups > ups {
			v.mu.Unlock()
			return nil
		}
		if err := v.await(ctx); err != nil {
			return err
		}
	}
}

// close ends all calls.
func (v *view) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	v.change()
}

// tell returns the news for the program, nil if there is nothing to tell now. The caller
// has the lock.
func (v *view) tell() error {
	if v.next == nil {
		return nil
	}
	news := v.news
	v.known, v.gone, v.next, v.news = v.next, false, nil, nil
	return news
}

// receive returns the next message, or the news of a failover. With from, only this element can
// answer: its loss is told even if another call has been told before.
func (v *view) receive(ctx context.Context, from *connection) (Message, error) {
	for {
		v.mu.Lock()
		if v.closed {
			v.mu.Unlock()
			return Message{}, ErrClosed
		}
		if from != nil && from != v.known {
			err := &FailoverError{From: from.element, To: v.known.element}
			v.mu.Unlock()
			return Message{}, err
		}
		if v.known != nil {
			if m, ok := v.known.inbox.take(); ok {
				v.mu.Unlock()
				return m, nil
			}
		}
		if err := v.tell(); err != nil {
			v.mu.Unlock()
			return Message{}, err
		}
		if v.stopped {
			v.stopped, v.told = false, true
			news := *v.news
			v.mu.Unlock()
			return Message{}, &news
		}
		if err := v.await(ctx); err != nil {
			return Message{}, err
		}
	}
}

// target returns the connection by which the program sends, or why it cannot. It waits
// while there is none. failed is a connection that has turned out to be down.
func (v *view) target(ctx context.Context, failed *connection) (*connection, error) {
	for {
		v.mu.Lock()
		if v.closed {
			v.mu.Unlock()
			return nil, ErrClosed
		}
		if v.known != nil && !v.gone && v.known != failed {
			known := v.known
			v.mu.Unlock()
			return known, nil
		}
		if err := v.tell(); err != nil {
			v.mu.Unlock()
			return nil, err
		}
		if v.manual && v.known != nil {
			v.mu.Unlock()
			return nil, ErrBroken
		}
		if err := v.await(ctx); err != nil {
			return nil, err
		}
	}
}

// serving returns the association with the element that the program knows, nil if there is
// none now, and the identifier of the last element.
func (v *view) serving() (*connection, wire.PEID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.known == nil:
		return nil, 0
	case v.gone:
		return nil, v.known.element
	}
	return v.known, v.known.element
}
