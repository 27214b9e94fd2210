package asap

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DialConfig configures a session of a pool user. The zero value works.
type DialConfig struct {
	// Manual leaves it to the program when to go on: after a *[FailoverError] without a
	// new element, the session waits for [Session.Failover].
	Manual bool

	// Patient: Dial returns at once, and Send waits for the first element. Else Dial waits
	// for it.
	Patient bool

	// RetryInterval is the pause before the pool is resolved again when none of its
	// elements could be reached. It doubles to RetryIntervalMax, and varies by half. 0:
	// 100 ms and 5 seconds.
	RetryInterval, RetryIntervalMax time.Duration

	// Notify is called with [SessionUp] and [SessionLost] events, one after the other. If it
	// is slow, events are lost. Nil: nobody is notified.
	Notify func(Event)
}

// Dial opens a session with an element of a pool, which the registrar chooses. A nil
// configuration is that of the zero value. Dial fails at once with [ErrPoolHandle] if the pool
// handle has not 1 to 32 octets. Otherwise it goes on trying until the context ends; then the
// error matches the context's error and tells the reason of the last failure, such as
// [ErrNoRegistrar] or [ErrPoolUnknown].
func (n *Node) Dial(ctx context.Context, pool string, c *DialConfig) (*Session, error) {
	handle, err := checkPool(pool)
	if err != nil {
		return nil, err
	}
	if c == nil {
		c = new(DialConfig)
	}
	if min(c.RetryInterval, c.RetryIntervalMax) < 0 {
		return nil, &poolError{handle, errors.New("a retry interval below 0 is configured")}
	}
	u := newUserSession(n, handle, *c)
	err = ErrClosed
	if callErr := n.call(ctx, func(now time.Time) {
		if !n.closing {
			err = nil
			u.start(now)
		}
	}); callErr != nil {
		err = callErr
	}
	if err == nil && !c.Patient {
		_, err = u.ready.wait(ctx, u.life)
		if err != nil && err != ErrClosed { // The node ends the session when it is closed.
			err = u.explain(ctx, err)
			u.abort("not opened")
		}
	}
	if err != nil {
		return nil, &poolError{handle, err}
	}
	return u.session, nil
}

// explain returns the error of a Dial whose context has ended.
func (u *userSession) explain(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	err = u.node.explain(err)
	if failure := u.view.lastFailure(); failure != nil && !errors.Is(err, ErrNoRegistrar) {
		return fmt.Errorf("%w: %w", failure, err)
	}
	return err
}
