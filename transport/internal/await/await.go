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

// Retry calls try until try returns no channel, and returns the error of that last call.
// After a call that returned a channel, Retry waits until the channel is closed.
func Retry(ctx context.Context, try func() (wait <-chan struct{}, err error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		wait, err := try()
		if wait == nil {
			return err
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
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
