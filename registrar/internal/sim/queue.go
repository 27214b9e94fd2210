package sim

import (
	"container/heap"
	"time"
)

// event is a function that runs at a time.
type event struct {
	at     time.Duration
	serial uint64 // orders events at the same time
	run    func()
}

// queue holds the events to come, the earliest first.
type queue struct {
	events eventHeap
	serial uint64 // of the last event
}

// push adds a function that runs at a time, behind the events at the same time.
func (q *queue) push(at time.Duration, run func()) {
	q.serial++
	heap.Push(&q.events, event{at, q.serial, run})
}

// pop removes the earliest event, if it is due at the given time.
func (q *queue) pop(now time.Duration) (ev event, ok bool) {
	if len(q.events) == 0 || q.events[0].at > now {
		return event{}, false
	}
	return heap.Pop(&q.events).(event), true
}

// eventHeap implements [heap.Interface].
type eventHeap []event

func (h eventHeap) Len() int { return len(h) }

func (h eventHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].serial < h[j].serial
}

func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *eventHeap) Push(x any) { *h = append(*h, x.(event)) }

func (h *eventHeap) Pop() any {
	old := *h
	n := len(old) - 1
	ev := old[n]
	old[n] = event{} // release the closure
	*h = old[:n]
	return ev
}
