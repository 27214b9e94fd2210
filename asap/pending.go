package asap

import "context"

// pending is the result of work that the loop has begun for a caller. The loop completes it
// once; further results are dropped.
type pending[T any] struct{ result chan outcome[T] }

type outcome[T any] struct {
	value T
	err   error
}

func newPending[T any]() pending[T] { return pending[T]{make(chan outcome[T], 1)} }

// complete hands the result to the caller. It never waits.
func (p pending[T]) complete(value T, err error) {
	select {
	case p.result <- outcome[T]{value, err}:
	default:
	}
}

// wait returns the result, the error of the context, or ErrClosed when the life of a node or
// session ends.
func (p pending[T]) wait(ctx context.Context, life context.Context) (value T, err error) {
	select {
	case r := <-p.result:
		return r.value, r.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-life.Done():
		err = ErrClosed
	}
	select {
	case r := <-p.result: // A result that is there counts before an end.
		return r.value, r.err
	default:
		return value, err
	}
}
