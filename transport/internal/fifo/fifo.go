// Package fifo has a queue that gives back the memory of the values that were taken.
package fifo

// few is the number of values for which an idle queue keeps memory.
const few = 64

// A Queue holds values in the order of Push. The zero Queue is empty. The caller locks it.
type Queue[T any] struct {
	values []T
	head   int
}

// Len returns the number of values.
func (q *Queue[T]) Len() int { return len(q.values) - q.head }

// Cap returns the number of values for which the queue has memory.
func (q *Queue[T]) Cap() int { return cap(q.values) }

// Push appends a value.
func (q *Queue[T]) Push(v T) { q.values = append(q.values, v) }

// First returns the oldest value. The queue must not be empty.
func (q *Queue[T]) First() T { return q.values[q.head] }

// Pop removes the oldest value, and returns it. The queue must not be empty.
func (q *Queue[T]) Pop() T {
	v := q.values[q.head]
	var none T
	q.values[q.head] = none
	q.head++
	q.compact()
	return v
}

// compact gives back the memory of taken values, in constant time for each of them.
func (q *Queue[T]) compact() {
	switch {
	case q.head == len(q.values):
		q.head, q.values = 0, q.values[:0]
		if cap(q.values) > few {
			q.values = nil
		}
	case q.head >= few && q.head >= len(q.values)/2:
		n := copy(q.values, q.values[q.head:])
		clear(q.values[n:])
		q.head, q.values = 0, q.values[:n]
	}
}
