package asap

import (
	"container/heap"
	"time"
)

// sessionHeap holds the sessions that have a deadline, the earliest first.
type sessionHeap []*userSession

// deadline returns the earliest deadline, zero if there is none.
func (h sessionHeap) deadline() time.Time {
	if len(h) == 0 {
		return time.Time{}
	}
	return h[0].deadline
}

// set changes the deadline of a session. Zero means none.
func (h *sessionHeap) set(u *userSession, deadline time.Time) {
	u.deadline = deadline
	switch {
	case deadline.IsZero() && u.position >= 0:
		heap.Remove(h, u.position)
	case deadline.IsZero():
	case u.position >= 0:
		heap.Fix(h, u.position)
	default:
		heap.Push(h, u)
	}
}

// pop takes a session whose deadline has come, nil if there is none.
func (h *sessionHeap) pop(now time.Time) *userSession {
	if len(*h) == 0 || now.Before((*h)[0].deadline) {
		return nil
	}
	return heap.Pop(h).(*userSession)
}

// Len implements [heap.Interface], as do the methods below.
func (h sessionHeap) Len() int { return len(h) }

// Less compares deadlines.
func (h sessionHeap) Less(i, j int) bool { return h[i].deadline.Before(h[j].deadline) }

// Swap exchanges two sessions.
func (h sessionHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].position, h[j].position = i, j
}

// Push appends a session.
func (h *sessionHeap) Push(x any) {
	u := x.(*userSession)
	u.position = len(*h)
	*h = append(*h, u)
}

// Pop takes the last session.
func (h *sessionHeap) Pop() any {
	old := *h
	u := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	u.position = -1
	return u
}
