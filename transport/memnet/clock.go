package memnet

import (
	"container/heap"
	"time"
)

// A clock runs functions at their times. Functions with equal times run in the order in
// which they were scheduled. The network's mutex guards the clock, and is held while a
// function runs.
type clock struct {
	events eventHeap
	seq    uint64
	timer  *time.Timer // Fires when the first event is due.
	next   time.Time   // The time at which the timer fires or last fired.
}

// An event is a scheduled function.
type event struct {
	at  time.Time
	seq uint64
	run func()
}

// schedule schedules a function. A function that is due at once runs when the network is
// unlocked.
func (n *Network) schedule(at time.Time, run func()) {
	n.clock.seq++
	heap.Push(&n.clock.events, event{at: at, seq: n.clock.seq, run: run})
}

// lock locks the network, and runs all due events. If a call and an event have the same
// time, the event therefore comes first, whether the timer has fired or not.
func (n *Network) lock() {
	n.mu.Lock()
	n.runDue()
}

// unlock runs all due events, and unlocks the network.
func (n *Network) unlock() {
	n.runDue()
	n.mu.Unlock()
}

// runDue runs all due events, and sets the timer for the next event.
func (n *Network) runDue() {
	c := &n.clock
	for len(c.events) > 0 {
		wait := time.Until(c.events[0].at)
		if wait > 0 {
			c.arm(wait)
			return
		}
		heap.Pop(&c.events).(event).run()
	}
}

// arm sets the timer for the first event, unless the timer is set for that time already.
func (c *clock) arm(wait time.Duration) {
	if first := c.events[0].at; !c.next.Equal(first) {
		c.next = first
		c.timer.Reset(wait)
	}
}

// runTimer runs all due events when the timer fires.
func (n *Network) runTimer() {
	n.lock()
	n.unlock()
}

// eventHeap implements heap.Interface.
type eventHeap []event

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].seq < h[j].seq
}

func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *eventHeap) Push(x any) { *h = append(*h, x.(event)) }

func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = event{}
	*h = (*h)[:last]
	return e
}
