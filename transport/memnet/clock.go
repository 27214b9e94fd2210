package memnet

import (
	"container/heap"
	"time"
)

// A clock runs functions at their time: those of one time in the order in which
// they were scheduled. It is guarded by the network's mutex, which is held while
// they run.
type clock struct {
	events eventHeap
	seq    uint64
	timer  *time.Timer // Fires when the first event is due.
	next   time.Time   // When the timer fires, or has fired last.
}

// An event is a function to be run.
type event struct {
	at  time.Time
	seq uint64
	run func()
}

// schedule has a function run at a time. What is due at once is run when the
// network is unlocked.
func (n *Network) schedule(at time.Time, run func()) {
	n.clock.seq++
	heap.Push(&n.clock.events, event{at: at, seq: n.clock.seq, run: run})
}

// lock locks the network and brings it up to date: where a call and an event are
// at the same time, the event comes first, whether the timer has fired or not.
func (n *Network) lock() {
	n.mu.Lock()
	n.runDue()
}

// unlock runs what has become due, and unlocks the network.
func (n *Network) unlock() {
	n.runDue()
	n.mu.Unlock()
}

// runDue runs the events that are due, and sets the timer for the next one.
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

// arm sets the timer for the first event, unless it is set already.
func (c *clock) arm(wait time.Duration) {
	if first := c.events[0].at; !c.next.Equal(first) {
		c.next = first
		c.timer.Reset(wait)
	}
}

// runTimer runs what is due when the timer fires.
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
