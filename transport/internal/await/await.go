// Package await has the waits that transports have in common. Each ends with its context.
package await

import (
	"context"
	"errors"

	"github.com/rserpool-go/rserpool/transport"
)

// Next returns the next value from arrivals. Once closed is closed, Next returns
// [transport.ErrClosed], even if values are left in arrivals.
func Next[T any](ctx context.Context, arrivals <-chan T, closed <-chan struct{}) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	select {
	case <-closed:
		return none, transport.ErrClosed
	default:
	}
	select {
	case v := <-arrivals:
		return v, nil
	case <-closed:
		return none, transport.ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// Value calls try until try returns no channel, and returns the results of that last call.
// After a call that returned a channel, Value waits until the channel is closed.
func Value[T any](ctx context.Context, try func() (v T, wait <-chan struct{}, err error)) (T, error) {
	for {
		var none T
		if err := ctx.Err(); err != nil {
			return none, err
		}
		v, wait, err := try()
		if wait == nil {
			return v, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
}

// Success is Value for a try without a value.
func Success(ctx context.Context, try func() (wait <-chan struct{}, err error)) error {
	_, err := Value(ctx, func() (none struct{}, wait <-chan struct{}, err error) {
		wait, err = try()
		return none, wait, err
	})
	return err
}

// Shutdown waits for the end of an association whose graceful shutdown has started. When
// the context ends first, Shutdown aborts the association and returns the context's error.
// An end for another cause than the shutdown is an error too.
func Shutdown(ctx context.Context, a transport.Association) error {
	aborted := false
	select {
	case <-a.Done():
	case <-ctx.Done():
		a.Abort("shutdown timed out")
		aborted = true
	}
	down, ok := errors.AsType[*transport.DownError](a.Err())
	switch {
	case ok && down.Cause == transport.CauseShutdown:
		return nil
	case aborted && ok && down.Cause == transport.CauseAbortLocal:
		return ctx.Err()
	}
	return a.Err()
}

// Ends waits until all associations of a list have ended.
func Ends[A interface{ Done() <-chan struct{} }](ctx context.Context, assocs []A) error {
	for _, a := range assocs {
		select {
		case <-a.Done():
		case <-ctx.Done():
			select {
			case <-a.Done():
			default:
				return ctx.Err()
			}
		}
	}
	return nil
}
