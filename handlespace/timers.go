package handlespace

import "time"

// TimerCode is the purpose of an element's timer. The caller defines the codes; 0 means
// no timer.
type TimerCode uint8

// timers is a heap of the elements with a running timer, with 4 children per node, in
// order of their deadlines. Most timers are set to a later time before they expire. Such
// a change leaves the entry in its place, with the earlier time. Function first moves the
// entry once it is at the top of the heap.
type timers struct {
	heap []timerEntry
}

type timerEntry struct {
	at int64 // at most the element's deadline
	e  *Element
}

// SetTimer starts the timer of e, and replaces a running timer.
func (h *Handlespace) SetTimer(e *Element, code TimerCode, at time.Time) {
	e.deadline, e.timer = h.sinceStart(at), code
	t := &h.timers
	if e.timerPos < 0 {
		e.timerPos = int32(len(t.heap))
		t.heap = append(t.heap, timerEntry{e.deadline, e})
	} else if e.deadline >= t.heap[e.timerPos].at {
		return
	}
	t.up(int(e.timerPos), timerEntry{e.deadline, e})
}

// StopTimer stops the timer of e, if running.
func (h *Handlespace) StopTimer(e *Element) {
	if e.timerPos < 0 {
		return
	}
	t := &h.timers
	i := int(e.timerPos)
	e.timerPos, e.timer = -1, 0
	n := len(t.heap) - 1
	last := t.heap[n]
	t.heap[n] = timerEntry{}
	t.heap = t.heap[:n]
	switch {
	case i == n:
	case i > 0 && last.at < t.heap[(i-1)/4].at:
		t.up(i, last)
	default:
		t.down(i, last)
	}
}

// NextDeadline returns the earliest deadline of all timers, the zero time while no timer
// is running.
func (h *Handlespace) NextDeadline() time.Time {
	e := h.timers.first()
	if e == nil {
		return time.Time{}
	}
	return h.start.Add(time.Duration(e.deadline))
}

// PopExpired returns an element whose deadline is not later than now, and stops its
// timer. Successive calls return the elements in order of their deadlines, then nil.
func (h *Handlespace) PopExpired(now time.Time) (*Element, TimerCode) {
	at := h.sinceStart(now)
	if heap := h.timers.heap; len(heap) == 0 || heap[0].at > at {
		return nil, 0
	}
	e := h.timers.first()
	if e.deadline > at {
		return nil, 0
	}
	code := e.timer
	h.StopTimer(e)
	return e, code
}

// sinceStart converts a time to nanoseconds since h.start. The first call sets h.start.
func (h *Handlespace) sinceStart(t time.Time) int64 {
	if h.start.IsZero() {
		h.start = t
	}
	return int64(t.Sub(h.start))
}

// first returns the element with the earliest deadline, or nil. It moves entries with an
// outdated time to their place first.
func (t *timers) first() *Element {
	if len(t.heap) == 0 {
		return nil
	}
	for {
		top := t.heap[0]
		if top.at == top.e.deadline {
			return top.e
		}
		top.at = top.e.deadline
		t.down(0, top)
	}
}

// up puts x at i or above.
func (t *timers) up(i int, x timerEntry) {
	for i > 0 {
		parent := (i - 1) / 4
		if t.heap[parent].at <= x.at {
			break
		}
		t.set(i, t.heap[parent])
		i = parent
	}
	t.set(i, x)
}

// down puts x at i or below.
func (t *timers) down(i int, x timerEntry) {
	for {
		least := 4*i + 1
		if least >= len(t.heap) {
			break
		}
		for c, end := least+1, min(least+4, len(t.heap)); c < end; c++ {
			if t.heap[c].at < t.heap[least].at {
				least = c
			}
		}
		if t.heap[least].at >= x.at {
			break
		}
		t.set(i, t.heap[least])
		i = least
	}
	t.set(i, x)
}

// set puts x at i.
func (t *timers) set(i int, x timerEntry) {
	t.heap[i] = x
	x.e.timerPos = int32(i)
}
