package udpsctp

import (
	"container/heap"
	"sync"
	"time"
)

// A timer calls fire once at its time. Each timer belongs to a single [timers].
type timer struct {
	fire  func(now time.Time)
	at    time.Time
	index int // The place in the heap; -1: not set.
}

func newTimer(fire func(now time.Time)) *timer { return &timer{fire: fire, index: -1} }

// timers runs all timers of an endpoint in a single goroutine.
type timers struct {
	mu   sync.Mutex
	heap timerHeap
	wake chan struct{} // Of capacity 1; filled when the earliest timer has changed.
}

func newTimers() *timers { return &timers{wake: make(chan struct{}, 1)} }

// set sets a timer, or changes its time.
func (t *timers) set(tm *timer, at time.Time) {
	t.mu.Lock()
	tm.at = at
	if tm.index < 0 {
		heap.Push(&t.heap, tm)
	} else {
		heap.Fix(&t.heap, tm.index)
	}
	first := tm.index == 0
	t.mu.Unlock()
	if first {
		select {
		case t.wake <- struct{}{}:
		default:
		}
	}
}

// stop unsets a timer. A timer that has just become due may still fire.
func (t *timers) stop(tm *timer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if tm.index >= 0 {
		heap.Remove(&t.heap, tm.index)
	}
}

// run fires timers until done is closed.
func (t *timers) run(done <-chan struct{}) {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		now := time.Now()
		for tm := t.popDue(now); tm != nil; tm = t.popDue(now) {
			tm.fire(now)
		}
		clock.Reset(t.untilNext())
		select {
		case <-done:
			return
		case <-t.wake:
		case <-clock.C:
		}
	}
}

// popDue removes the next due timer from the heap, and returns nil if no timer is due.
func (t *timers) popDue(now time.Time) *timer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heap) == 0 || t.heap[0].at.After(now) {
		return nil
	}
	return heap.Pop(&t.heap).(*timer)
}

// untilNext returns the time until the next timer is due.
func (t *timers) untilNext() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heap) == 0 {
		return time.Hour
	}
	return max(time.Until(t.heap[0].at), 0)
}

// A timerHeap implements heap.Interface. Each timer stores its index.
type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *timerHeap) Push(x any) {
	tm := x.(*timer)
	tm.index = len(*h)
	*h = append(*h, tm)
}

// Pop implements heap.Interface.
func (h *timerHeap) Pop() any {
	old := *h
	n := len(old) - 1
	tm := old[n]
	old[n] = nil
	*h = old[:n]
	tm.index = -1
	return tm
}
