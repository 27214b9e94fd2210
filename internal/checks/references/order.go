package references

import "slices"

// order returns an order of the files with few back references, the earliest file first, and the number of files in the
// largest circle. Up to exactLimit files in a circle, no order has fewer back references.
//
// Files of different circles (strongly connected components) need no back reference, so each circle is ordered by
// itself.
func order(weight [][]int) (files []int, circle int) {
	for _, component := range components(weight) {
		circle = max(circle, len(component))
		part := restrict(weight, component)
		var sorted []int
		if len(component) <= exactLimit {
			sorted = orderExactly(part)
		} else {
			sorted = improve(part, greedyOrder(part))
		}
		for _, i := range sorted {
			files = append(files, component[i])
		}
	}
	return files, circle
}

// backReferences returns the number of references from an earlier to a later file.
func backReferences(weight [][]int, files []int) int {
	sum := 0
	for i, from := range files {
		for _, to := range files[i+1:] {
			sum += weight[from][to]
		}
	}
	return sum
}

// restrict returns the weights among the given files.
func restrict(weight [][]int, files []int) [][]int {
	part := make([][]int, len(files))
	for i, from := range files {
		for _, to := range files {
			part[i] = append(part[i], weight[from][to])
		}
	}
	return part
}

// A tarjan finds strongly connected components by the algorithm of Tarjan.
type tarjan struct {
	weight     [][]int
	index, low []int // index 0: not visited
	onStack    []bool
	stack      []int
	visited    int
	found      [][]int
}

// components returns the strongly connected components. A component comes after all components that it refers to.
func components(weight [][]int) [][]int {
	n := len(weight)
	t := tarjan{weight: weight, index: make([]int, n), low: make([]int, n), onStack: make([]bool, n)}
	for v := range n {
		if t.index[v] == 0 {
			t.visit(v)
		}
	}
	return t.found
}

// visit visits v and all files that v reaches.
func (t *tarjan) visit(v int) {
	t.visited++
	t.index[v], t.low[v] = t.visited, t.visited
	t.stack, t.onStack[v] = append(t.stack, v), true
	for w, n := range t.weight[v] {
		switch {
		case n == 0:
		case t.index[w] == 0:
			t.visit(w)
			t.low[v] = min(t.low[v], t.low[w])
		case t.onStack[w]:
			t.low[v] = min(t.low[v], t.index[w])
		}
	}
	if t.low[v] == t.index[v] {
		t.pop(v)
	}
}

// pop takes the component with root v from the stack.
func (t *tarjan) pop(v int) {
	var component []int
	for {
		last := len(t.stack) - 1
		w := t.stack[last]
		t.stack, t.onStack[w] = t.stack[:last], false
		component = append(component, w)
		if w == v {
			break
		}
	}
	slices.Sort(component)
	t.found = append(t.found, component)
}
