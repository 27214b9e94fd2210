package calc

import (
	"cmp"
	"container/heap"
)

// agenda has jobs in the order of their times, which are of type T.
type agenda[T cmp.Ordered] []*entry[T]

// entry is the place of a job in an agenda.
type entry[T cmp.Ordered] struct {
	job   *job
	at    T
	index int // in the agenda
}

// add adds an entry.
func (a *agenda[T]) add(e *entry[T], j *job, at T) {
	e.job, e.at = j, at
	heap.Push(a, e)
}

// move changes the time of an entry.
func (a *agenda[T]) move(e *entry[T], at T) {
	e.at = at
	heap.Fix(a, e.index)
}

// remove removes an entry.
func (a *agenda[T]) remove(e *entry[T]) { heap.Remove(a, e.index) }

// Len returns the number of entries.
func (a *agenda[T]) Len() int { return len(*a) }

// Less orders two entries.
func (a *agenda[T]) Less(i, j int) bool { return (*a)[i].at < (*a)[j].at }

// Swap exchanges two entries.
func (a *agenda[T]) Swap(i, j int) {
	s := *a
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push adds an entry at the end.
func (a *agenda[T]) Push(x any) {
	e := x.(*entry[T])
	e.index = len(*a)
	*a = append(*a, e)
}

// Pop removes the last entry.
func (a *agenda[T]) Pop() any {
	s := *a
	last := s[len(s)-1]
	s[len(s)-1] = nil
	*a = s[:len(s)-1]
	return last
}
