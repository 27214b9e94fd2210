package handlespace

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// sorted selects the elements with the least rank, and among equal ranks the least
// recently used elements. The rank is the sum of base and degradation. Each use adds step
// to the degradation (RFC 5356, 5.2).
type sorted struct {
	ranking        // by Element.key
	turn    uint32 // of the last used or added element
}

func newSorted(*Pool, *rand.Rand) order { return &sorted{} }

// setKey sets the key of e: its rank in the upper half, and the turn of its last use in
// the lower half. Turns are unique, and so are keys.
func (e *Element) setKey(turn uint32) {
	e.key = uint64(saturate(uint64(e.base)+uint64(e.degraded)))<<32 | uint64(turn)
}

func (s *sorted) add(e *Element) {
	e.setKey(s.nextTurn())
	s.insert(e.key, e)
}

func (s *sorted) remove(e *Element) { s.ranking.remove(e.key, e) }

// update keeps the turn of e. Among elements with the same rank, the time of the last use
// decides on the place of e.
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

// nextTurn returns the turn that makes an element the last used element.
func (s *sorted) nextTurn() uint32 {
	if s.turn == math.MaxUint32 {
		s.renumber()
	}
	s.turn++
	return s.turn
}

// renumber gives the elements new turns in the same order, once the 32 bits of a turn are
// exhausted. The order of the keys stays the same.
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
