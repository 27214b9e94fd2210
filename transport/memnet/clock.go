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
	timer  *time.Timer // Fires when the first event is due; nil before the first.
}

// An event is a function to be run.
type event struct {
	at  time.Time
	seq uint64
	run func()
}

// schedule has a function run after a delay. What is due at once runs when
// the caller calls the network's unlock.
func (n *Network) schedule(at time.Time, run func()) {
	n.clock.seq++
	heap.Push(&n.clock.events, event{at: at, seq: n.clock.seq, run: run})
}

// lock locks the network.
func (n *Network) lock() { n.mu.Lock() }

// unlock runs the events that are due, sets the timer for the next one, and
// unlocks the network.
func (n *Network) unlock() {
	c := &n.clock
	for len(c.events) > 0 {
		wait := time.Until(c.events[0].at)
		if wait > 0 {
			if c.timer == nil {
				c.timer = time.AfterFunc(wait, n.tick)
			} else {
				c.timer.Reset(wait)
			}
			break
		}
		heap.Pop(&c.events).(event).run()
	}
	n.mu.Unlock()
}

// tick runs what is due when the timer fires.
func (n *Network) tick() {
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
