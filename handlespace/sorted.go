package handlespace

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// sorted selects the elements with the least rank, and among equals those that were
// used least recently. The rank is base + the degradation, which grows by step with
// each use (RFC 5356, 5.2).
type sorted struct {
	ranking        // by Element.key
	turn    uint32 // of the element used or added last
}

func newSorted(*Pool, *rand.Rand) order { return &sorted{} }

// setKey makes the key of e from its rank, in the upper half, and the turn of its last
// use, in the lower: no two elements have the same.
func (e *Element) setKey(turn uint32) {
	e.key = uint64(saturate(uint64(e.base)+uint64(e.degraded)))<<32 | uint64(turn)
}

func (s *sorted) add(e *Element) {
	e.setKey(s.nextTurn())
	s.insert(e.key, e)
}

func (s *sorted) remove(e *Element) { s.ranking.remove(e.key, e) }

// update keeps the turn: an element with a new load takes the place among its equals
// that the time of its last use gives it.
func (s *sorted) update(e *Element, base, step uint32) {
	e.base, e.step = base, step
	from := e.key
	e.setKey(uint32(from))
	s.move(from, e.key, e)
}

func (s *sorted) pick(n, used int, dst []*Element) []*Element {
	start := len(dst)
	dst = s.first(n, dst)
	for _, e := range dst[start : start+used] {
		turn := s.nextTurn()
		from := e.key
		e.degraded = saturate(uint64(e.degraded) + uint64(e.step))
		e.setKey(turn)
		s.move(from, e.key, e)
	}
	return dst
}

// nextTurn returns the number that makes an element the one used last.
func (s *sorted) nextTurn() uint32 {
	if s.turn == math.MaxUint32 {
		s.renumber()
	}
	s.turn++
	return s.turn
}

// renumber gives the elements new turns in the same order, when the numbers are used
// up. That leaves the order of the keys as it is.
func (s *sorted) renumber() {
	all := s.first(s.len(), nil)
	slices.SortFunc(all, func(a, b *Element) int { return cmp.Compare(uint32(a.key), uint32(b.key)) })
	for i, e := range all {
		e.setKey(uint32(i))
	}
	s.turn = uint32(len(all))
	for i, b := range s.blocks {
		for j := range b.ranked {
			b.ranked[j].key = b.ranked[j].e.key
		}
		if i > 0 {
			s.floors[i] = b.ranked[0].key
		}
	}
}

func (s *sorted) reset(*Pool) { s.turn = 0 }
