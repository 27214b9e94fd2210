package asap

import "sync"

// maxNotices bounds the events that wait for the functions that are notified.
const maxNotices = 256

// notifier calls the functions that programs want to be notified by, in order, and never
// holds up the loop: events beyond maxNotices are dropped.
type notifier struct {
	mu      sync.Mutex // guards the fields below
	waiting []func()
	stopped bool
	more    chan struct{} // of length 1: a function waits, or the notifier is stopped
}

func newNotifier() *notifier { return &notifier{more: make(chan struct{}, 1)} }

// add has a function called.
func (n *notifier) add(f func()) {
	n.mu.Lock()
	if len(n.waiting) < maxNotices && !n.stopped {
		n.waiting = append(n.waiting, f)
	}
	n.mu.Unlock()
	n.wake()
}

// stop has no further function called. A function that is being called may call stop.
func (n *notifier) stop() {
	n.mu.Lock()
	n.stopped, n.waiting = true, nil
	n.mu.Unlock()
	n.wake()
}

func (n *notifier) wake() {
	select {
	case n.more <- struct{}{}:
	default: // The notifier is awake already.
	}
}

// run calls the functions until the notifier is stopped.
func (n *notifier) run() {
	for range n.more {
		for f, stopped := n.next(); f != nil || stopped; f, stopped = n.next() {
			if stopped {
				return
			}
			f()
		}
	}
}

// next takes the next function, nil if none waits.
func (n *notifier) next() (f func(), stopped bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.waiting) > 0 {
		f = n.waiting[0]
		n.waiting[0] = nil
		n.waiting = n.waiting[1:]
	}
	return f, n.stopped
}
