package handlespace

import "iter"

// The elements of an association form a doubly linked list. A table holds the first
// element of each list.

// associate adds e to the list of association a, if a is not 0.
func (h *Handlespace) associate(e *Element, a Association) {
	e.association = a
	if a == 0 {
		return
	}
	if first := h.associations.get(uint64(a)); first != nil {
		// Behind the first element, so that the table stays unchanged.
		e.assocPrev, e.assocNext = first, first.assocNext
		if first.assocNext != nil {
			first.assocNext.assocPrev = e
		}
		first.assocNext = e
		return
	}
	h.associations.put(uint64(a), e)
}

// dissociate removes e from the list of its association.
func (h *Handlespace) dissociate(e *Element) {
	if e.association == 0 {
		return
	}
	switch {
	case e.assocPrev != nil:
		e.assocPrev.assocNext = e.assocNext
	case e.assocNext != nil:
		h.associations.replace(uint64(e.association), e.assocNext)
	default:
		h.associations.remove(uint64(e.association))
	}
	if e.assocNext != nil {
		e.assocNext.assocPrev = e.assocPrev
	}
	e.association, e.assocNext, e.assocPrev = 0, nil, nil
}

// RegisteredOver yields the elements that registered over an association. The loop may
// remove its current element.
func (h *Handlespace) RegisteredOver(a Association) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		if a == 0 {
			return
		}
		for e := h.associations.get(uint64(a)); e != nil; {
			next := e.assocNext
			if !yield(e) {
				return
			}
			e = next
		}
	}
}
