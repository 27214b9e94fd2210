package fifo

import (
	"math/rand/v2"
	"testing"
)

// TestQueue compares a queue with a slice.
func TestQueue(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var q Queue[*int]
	var model []*int
	for range 100_000 {
		if random.IntN(5) < 3 && len(model) < 1000 {
			v := new(int)
			q.Push(v)
			model = append(model, v)
		} else if len(model) > 0 {
			if q.First() != model[0] || q.Pop() != model[0] {
				t.Fatal("the values have another order")
			}
			model = model[1:]
		}
		if q.Len() != len(model) {
			t.Fatalf("%d values, want %d", q.Len(), len(model))
		}
	}
}

// TestMemory asserts that a queue that never becomes empty does not grow, that taken values are
// forgotten, and that an empty queue keeps little.
func TestMemory(t *testing.T) {
	t.Parallel()
	var q Queue[*int]
	for range 100 {
		q.Push(new(int))
	}
	for range 100_000 {
		q.Push(new(int))
		q.Pop()
	}
	if q.Cap() > 1000 {
		t.Errorf("memory for %d values", q.Cap())
	}
	for i, v := range q.values[:cap(q.values)] {
		if v != nil && (i < q.head || i >= len(q.values)) {
			t.Fatal("a value that was taken is kept")
		}
	}
	for q.Len() > 0 {
		q.Pop()
	}
	if q.Cap() > few {
		t.Errorf("an empty queue has memory for %d values", q.Cap())
	}
}
