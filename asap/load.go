package asap

import (
	"context"
	"sync"

	"github.com/rserpool-go/rserpool/wire"
)

// loadStep is the least change of load that is reported: 1 %.
const loadStep = wire.FullLoad / 100

// load is the load of an element: the load of its policy, and the shares of its sessions. For an
// adaptive policy the registrar is told when the load has changed by a step.
type load struct {
	due chan struct{} // of length 1: there may be something to report

	mu       sync.Mutex // guards the fields below
	policy   wire.Policy
	shares   int64 // of all sessions
	reported int64
}

func newLoad(policy wire.Policy) *load {
	return &load{policy: policy, reported: int64(policy.Load), due: make(chan struct{}, 1)}
}

// setPolicy changes the policy.
func (l *load) setPolicy(policy wire.Policy) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.policy = policy
}

// add changes the share of a session.
func (l *load) add(change int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shares += change
	if l.isDue() {
		select {
		case l.due <- struct{}{}:
		default: // The next report has this change as well.
		}
	}
}

// current returns the present load. The caller has the lock.
func (l *load) current() int64 { return min(int64(l.policy.Load)+l.shares, wire.FullLoad) }

// isDue reports whether there is something to report. The caller has the lock. The end of
// all shares is always reported, so that no remainder stays.
func (l *load) isDue() bool {
	d := l.current() - l.reported
	return l.policy.Type.Adaptive() && (d >= loadStep || -d >= loadStep || l.shares == 0 && d != 0)
}

// await waits until there is something to report. It returns false when the context ends.
func (l *load) await(ctx context.Context) bool {
	select {
	case <-l.due:
		return true
	case <-ctx.Done():
		return false
	}
}

// report returns the policy with the present load, which the registrar is told.
func (l *load) report() wire.Policy {
	l.mu.Lock()
	defer l.mu.Unlock()
	policy := l.policy
	if policy.Type.Adaptive() {
		l.reported = l.current()
		policy.Load = uint32(l.reported)
	}
	return policy
}
