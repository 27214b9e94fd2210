package handlespace

import "math/rand/v2"

// ring holds the elements in a circular list, whose head is the next element to use. Using
// elements only advances the head: "Then the head SHOULD be advanced by one element" (RFC 5356, 4.1.2).
type ring struct {
	head *Element // nil: empty
}

func newRing(*Pool, *rand.Rand) order { return &ring{} }

func (r *ring) reset(*Pool) {}

func (r *ring) add(e *Element) { r.insert(e) }

// insert puts e before the head, as the last element in turn.
func (r *ring) insert(e *Element) {
	if r.head == nil {
		r.head, e.next, e.prev = e, e, e
		return
	}
	e.next, e.prev = r.head, r.head.prev
	e.prev.next, e.next.prev = e, e
}

func (r *ring) remove(e *Element) {
	if e.next == e {
		r.head = nil
	} else if r.head == e {
		r.head = e.next
	}
	e.prev.next, e.next.prev = e.next, e.prev
	e.next, e.prev = nil, nil
}

// update does nothing, since a registration does not change the turn of an element.
func (r *ring) update(*Element, uint32, uint32) {}

func (r *ring) pick(n, used int, dst []*Element) []*Element {
	e := r.head
	for i := range n {
		if i == used {
			r.head = e
		}
		dst = append(dst, e)
		e = e.next
	}
	if used == n {
		r.head = e
	}
	return dst
}
