package node

import "context"

// A WatchFunc tells the user what a session waits for until the returned function is
// called, or gives up. [Watcher.Start] is one.
type WatchFunc func(ctx context.Context, giveUp context.CancelCauseFunc) (stop func())

// A Watch is on while a session has no element, and off while it has one.
type Watch struct {
	Func WatchFunc // nil: nobody watches
	stop func()    // nil: it is off
}

// Start has the function watch, unless it does.
func (w *Watch) Start(ctx context.Context, giveUp context.CancelCauseFunc) {
	if w.Func != nil && w.stop == nil {
		w.stop = w.Func(ctx, giveUp)
	}
}

// Stop ends the watching, if there is any.
func (w *Watch) Stop() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}
