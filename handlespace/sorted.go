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
//
// The elements are in a heap with 4 children per node. What is not at the top is
// seldom asked for, and a new rank moves an element by few places on average.
type sorted struct {
	heap    []sortedEntry
	turn    uint32        // of the element used or added last
	scratch []sortedPlace // for pick
}

type sortedEntry struct {
	key uint64 // rank<<32 | turn: no two are equal
	e   *Element
}

type sortedPlace struct {
	key uint64
	at  int // in the heap
}

func newSorted(*Pool, *rand.Rand) order { return &sorted{} }

func (e *Element) rank() uint64 { return uint64(saturate(uint64(e.base)+uint64(e.degraded))) << 32 }

func (s *sorted) add(e *Element) {
	x := sortedEntry{e.rank() | s.nextTurn(), e}
	s.heap = append(s.heap, x)
	s.up(len(s.heap)-1, x)
}

func (s *sorted) remove(e *Element) {
	n := len(s.heap) - 1
	last := s.heap[n]
	s.heap[n] = sortedEntry{}
	s.heap = s.heap[:n]
	if int(e.pos) < n {
		s.fix(int(e.pos), last)
	}
}

// update keeps the turn: an element with a new load takes the place among its equals
// that the time of its last use gives it.
func (s *sorted) update(e *Element, base, step uint32) {
	e.base, e.step = base, step
	s.fix(int(e.pos), sortedEntry{e.rank() | s.heap[e.pos].key&math.MaxUint32, e})
}

func (s *sorted) pick(n, used int, dst []*Element) []*Element {
	if n == 1 {
		e := s.heap[0].e
		if used > 0 {
			s.use(e)
		}
		return append(dst, e)
	}
	start := len(dst)
	dst = s.first(n, dst)
	for _, e := range dst[start : start+used] {
		s.use(e)
	}
	return dst
}

// use counts a use of e, which only makes its key greater.
func (s *sorted) use(e *Element) {
	e.degraded = saturate(uint64(e.degraded) + uint64(e.step))
	turn := s.nextTurn()
	s.down(int(e.pos), sortedEntry{e.rank() | turn, e})
}

// maxFew is up to how many elements are better searched for from the top than sorted.
const maxFew = 128

// first appends the n elements with the least keys, in that order.
func (s *sorted) first(n int, dst []*Element) []*Element {
	if n > maxFew {
		return s.firstMany(n, dst)
	}
	// places has the elements found, and behind them in order the best ones among
	// their children; never more than n of both, as no others are wanted.
	places := append(s.scratch[:0], sortedPlace{s.heap[0].key, 0})
	for i := 0; i < n; i++ {
		at := places[i].at
		dst = append(dst, s.heap[at].e)
		for c, end := 4*at+1, min(4*at+5, len(s.heap)); c < end; c++ {
			key := s.heap[c].key
			j := len(places)
			if j < n {
				places = append(places, sortedPlace{})
			} else if j--; j == i || key >= places[j].key {
				continue
			}
			for ; j > i+1 && places[j-1].key > key; j-- {
				places[j] = places[j-1]
			}
			places[j] = sortedPlace{key, c}
		}
	}
	s.scratch = places
	return dst
}

func (s *sorted) firstMany(n int, dst []*Element) []*Element {
	all := slices.Clone(s.heap)
	slices.SortFunc(all, func(a, b sortedEntry) int { return cmp.Compare(a.key, b.key) })
	for i := range n {
		dst = append(dst, all[i].e)
	}
	return dst
}

// nextTurn returns the number that makes an element the one used last. When the
// numbers are used up, the elements get new ones in the same order.
func (s *sorted) nextTurn() uint64 {
	if s.turn == math.MaxUint32 {
		all := slices.Clone(s.heap)
		slices.SortFunc(all, func(a, b sortedEntry) int { return cmp.Compare(uint32(a.key), uint32(b.key)) })
		for i, x := range all {
			key := &s.heap[x.e.pos].key
			*key = *key&^math.MaxUint32 | uint64(i)
		}
		s.turn = uint32(len(all))
	}
	s.turn++
	return uint64(s.turn)
}

// fix puts x at i, or where it must be from there.
func (s *sorted) fix(i int, x sortedEntry) {
	if i > 0 && x.key < s.heap[(i-1)/4].key {
		s.up(i, x)
	} else {
		s.down(i, x)
	}
}

// up puts x at i or above.
func (s *sorted) up(i int, x sortedEntry) {
	for i > 0 {
		parent := (i - 1) / 4
		if s.heap[parent].key < x.key {
			break
		}
		s.set(i, s.heap[parent])
		i = parent
	}
	s.set(i, x)
}

// down puts x at i or below.
func (s *sorted) down(i int, x sortedEntry) {
	for {
		least := 4*i + 1
		if least >= len(s.heap) {
			break
		}
		for c, end := least+1, min(least+4, len(s.heap)); c < end; c++ {
			if s.heap[c].key < s.heap[least].key {
				least = c
			}
		}
		if s.heap[least].key > x.key {
			break
		}
		s.set(i, s.heap[least])
		i = least
	}
	s.set(i, x)
}

func (s *sorted) set(i int, x sortedEntry) {
	s.heap[i] = x
	x.e.pos = int32(i)
}
