package node

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/asap"
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

// Follow returns a function for the events of a session, which turns the watch off while the session
// has an element, and on after its loss.
func (w *Watch) Follow(ctx context.Context, giveUp context.CancelCauseFunc) (notify func(asap.Event)) {
	return func(ev asap.Event) {
		switch ev.(type) {
		case asap.SessionUp:
			w.Stop()
		case asap.SessionLost:
			w.Start(ctx, giveUp)
		}
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
