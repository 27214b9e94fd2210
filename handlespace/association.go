package handlespace

import "iter"

// Elements of the same association are in a list, the first of which is in a table.

func (h *Handlespace) associate(e *Element, a Association) {
	e.association = a
	if a == 0 {
		return
	}
	if first := h.associations.get(uint64(a)); first != nil {
		// Behind the first one: the table stays as it is.
		e.assocPrev, e.assocNext = first, first.assocNext
		if first.assocNext != nil {
			first.assocNext.assocPrev = e
		}
		first.assocNext = e
		return
	}
	h.associations.put(uint64(a), e)
}

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

// OnAssociation yields the elements that registered over an association. The element
// at hand may be removed meanwhile.
func (h *Handlespace) OnAssociation(a Association) iter.Seq[*Element] {
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
