package asap

import (
	"context"
	"errors"
	"sync/atomic"
)

// ending is the end of a node, a listener or a user's session, which comes once.
type ending struct {
	begun  atomic.Bool
	cut    context.Context // ends when the end must not wait any longer
	cutOff context.CancelFunc
	done   chan struct{} // closed when err is there
	err    error
}

func newEnding() *ending {
	e := &ending{done: make(chan struct{})}
	e.cut, e.cutOff = context.WithCancel(context.Background())
	return e
}

// shutDown runs end, or waits for a run that another call has begun, and returns the error of
// end. The run is cut off when the context ends.
func (e *ending) shutDown(ctx context.Context, end func(context.Context) error) error {
	defer context.AfterFunc(ctx, e.cutOff)()
	err := e.join(ctx, end)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// join runs end, or waits for a run that another call has begun, and returns the error of end.
// The context limits only a run of this call.
func (e *ending) join(ctx context.Context, end func(context.Context) error) error {
	if e.begun.CompareAndSwap(false, true) {
		e.run(ctx, end)
	}
	<-e.done
	return e.err
}

func (e *ending) run(ctx context.Context, end func(context.Context) error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.cut, cancel)()
	e.err = end(ctx)
	close(e.done)
}

// close runs end without time to wait, or cuts a run off that another call has begun.
func (e *ending) close(end func(context.Context) error) error {
	e.cutOff()
	if err := e.shutDown(e.cut, end); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
