package node

import (
	"context"
	"sync"
)

// A WatchFunc tells the user the reason of a wait until the returned function is called. If
// there is nothing left to wait for, it calls giveUp with the reason. [Watcher.Start] is a WatchFunc.
type WatchFunc func(ctx context.Context, giveUp context.CancelCauseFunc) (stop func())

// A Watch is on while a session has no element. Its methods may be called by several goroutines.
type Watch struct {
	Func WatchFunc // nil: there is no watch

	mu   sync.Mutex // guards stop
	stop func()     // nil: the watch is off
}

// Start turns the watch on.
func (w *Watch) Start(ctx context.Context, giveUp context.CancelCauseFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Func != nil && w.stop == nil {
		w.stop = w.Func(ctx, giveUp)
	}
}

// Stop turns the watch off.
func (w *Watch) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}
