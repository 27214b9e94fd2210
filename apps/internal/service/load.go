package service

import (
	"context"
	"log/slog"
	"sync"

	"github.com/rserpool-go/rserpool/wire"
)

// loadStep is the change of load that is reported: one percent.
const loadStep = wire.FullLoad / 100

// policySetter is what a load needs of an [asap.Listener].
type policySetter interface {
	SetPolicy(context.Context, wire.Policy) error
}

// load is the load of a server, the sum of those of its sessions. For an adaptive
// policy it is told to the registrar when it has changed by a step.
type load struct {
	policy  wire.Policy
	element policySetter
	log     *slog.Logger
	usage   *Usage
	changed chan struct{} // has room for one: there is something to report

	mu       sync.Mutex // guards what follows
	total    int64      // may be above wire.FullLoad
	reported int64
}

func newLoad(policy wire.Policy, element policySetter, log *slog.Logger, usage *Usage) *load {
	return &load{policy: policy, element: element, log: log, usage: usage, changed: make(chan struct{}, 1)}
}

// change adds to the load.
func (l *load) change(by int64) {
	l.mu.Lock()
	l.total += by
	l.usage.load.Store(l.current())
	due := l.due()
	l.mu.Unlock()
	if due {
		select {
		case l.changed <- struct{}{}:
		default: // Whoever reports will see this change too.
		}
	}
}

// current returns what a report says. The caller has the lock.
func (l *load) current() int64 { return min(l.total, wire.FullLoad) }

// due tells whether there is something to report. The caller has the lock. An end of
// all load is always told, lest a remainder stay.
func (l *load) due() bool {
	d := l.current() - l.reported
	return l.policy.Type.Adaptive() && (d >= loadStep || -d >= loadStep || l.total == 0 && d != 0)
}

// report has the element registered again with its load until the context ends.
func (l *load) report(ctx context.Context) {
	for {
		select {
		case <-l.changed:
		case <-ctx.Done():
			return
		}
		l.mu.Lock()
		due := l.due()
		if due {
			l.reported = l.current()
		}
		policy := l.policy
		policy.Load = uint32(l.reported)
		l.mu.Unlock()
		if !due {
			continue // It has changed back meanwhile.
		}
		if err := l.element.SetPolicy(ctx, policy); err != nil && ctx.Err() == nil {
			l.log.Warn("load not reported", "error", err)
		}
	}
}
