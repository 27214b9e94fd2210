package handlespace

import "math/bits"

// ranking is a sorted list: blocks of keys in ascending order, each with an element. The
// best ones are at the start of the first block, where most selections begin and end;
// a small pool has one block. Items with equal keys are in the order in which they
// got them.
type ranking struct {
	blocks []*rankBlock
	// floors has a number for each block: not greater than its keys, and not less
	// than those of the block before. That of the first block is 0.
	floors []uint64
	spares []*rankBlock
}

type rankBlock struct {
	keys     []uint64
	elements []*Element
}

const (
	rankBlockLen  = 64
	rankFirstLen  = 8
	maxSpareRanks = 4
)

// len returns the number of elements, counting block by block.
func (r *ranking) len() (n int) {
	for _, b := range r.blocks {
		n += len(b.keys)
	}
	return n
}

// insert adds an element behind those of the same key.
func (r *ranking) insert(key uint64, e *Element) {
	at := 0
	if len(r.blocks) > 1 {
		at = upperBound(r.floors, key) - 1
	} else if len(r.blocks) == 0 {
		r.addBlock(0, 0, rankFirstLen)
	}
	b := r.blocks[at]
	i := upperBound(b.keys, key)
	if len(b.keys) == rankBlockLen {
		if b, i = r.split(at, i, key); i < 0 {
			i = upperBound(b.keys, key)
		}
	}
	b.insert(i, key, e)
}

func (b *rankBlock) insert(i int, key uint64, e *Element) {
	b.keys = append(b.keys, 0)
	b.elements = append(b.elements, nil)
	copy(b.keys[i+1:], b.keys[i:])
	copy(b.elements[i+1:], b.elements[i:])
	b.keys[i], b.elements[i] = key, e
}

// split makes room in block at, which is full, for a key at i. It returns the block
// for the key, and its place, or -1 if that must be searched for.
func (r *ranking) split(at, i int, key uint64) (*rankBlock, int) {
	b := r.blocks[at]
	if i == rankBlockLen {
		// Keys that ascend leave full blocks behind.
		return r.addBlock(at+1, key, rankBlockLen), 0
	}
	const half = rankBlockLen / 2
	c := r.addBlock(at+1, b.keys[half], rankBlockLen)
	c.keys = append(c.keys, b.keys[half:]...)
	c.elements = append(c.elements, b.elements[half:]...)
	clear(b.elements[half:])
	b.keys, b.elements = b.keys[:half], b.elements[:half]
	if i > half {
		return c, -1
	}
	return b, -1
}

func (r *ranking) addBlock(at int, floor uint64, size int) *rankBlock {
	var b *rankBlock
	if n := len(r.spares); n > 0 {
		b = r.spares[n-1]
		r.spares = r.spares[:n-1]
	} else {
		b = &rankBlock{make([]uint64, 0, size), make([]*Element, 0, size)}
	}
	r.blocks = append(r.blocks, nil)
	r.floors = append(r.floors, 0)
	copy(r.blocks[at+1:], r.blocks[at:])
	copy(r.floors[at+1:], r.floors[at:])
	r.blocks[at], r.floors[at] = b, floor
	return b
}

// dropBlock removes a block.
func (r *ranking) dropBlock(at int) {
	b := r.blocks[at]
	n := len(r.blocks) - 1
	copy(r.blocks[at:], r.blocks[at+1:])
	copy(r.floors[at:], r.floors[at+1:])
	r.blocks[n] = nil
	r.blocks, r.floors = r.blocks[:n], r.floors[:n]
	if at == 0 && n > 0 {
		r.floors[0] = 0
	}
	if len(r.spares) < maxSpareRanks {
		clear(b.elements)
		b.keys, b.elements = b.keys[:0], b.elements[:0]
		r.spares = append(r.spares, b)
	}
}

// find returns the block and the place of an element with its key.
func (r *ranking) find(key uint64, e *Element) (at, i int) {
	if len(r.blocks) > 1 {
		at = max(0, lowerBound(r.floors, key)-1)
	}
	for i = lowerBound(r.blocks[at].keys, key); ; i++ {
		for i == len(r.blocks[at].keys) {
			at, i = at+1, 0
		}
		if r.blocks[at].elements[i] == e {
			return at, i
		}
	}
}

// remove removes an element with its key.
func (r *ranking) remove(key uint64, e *Element) {
	r.removeAt(r.find(key, e))
}

func (r *ranking) removeAt(at, i int) {
	b := r.blocks[at]
	n := len(b.keys) - 1
	copy(b.keys[i:], b.keys[i+1:])
	copy(b.elements[i:], b.elements[i+1:])
	b.elements[n] = nil
	b.keys, b.elements = b.keys[:n], b.elements[:n]
	if n == 0 && len(r.blocks) > 1 {
		r.dropBlock(at)
	} else if n < rankBlockLen/4 && at > 0 {
		if a := r.blocks[at-1]; len(a.keys) < rankBlockLen/2 {
			a.keys = append(a.keys, b.keys...)
			a.elements = append(a.elements, b.elements...)
			r.dropBlock(at)
		}
	}
}

// move gives an element another key.
func (r *ranking) move(from, to uint64, e *Element) {
	at, i := 0, 0
	if r.blocks[0].elements[0] != e {
		at, i = r.find(from, e)
	}
	b := r.blocks[at]
	if at+1 < len(r.blocks) && to >= r.floors[at+1] || at > 0 && to < r.floors[at] {
		r.removeAt(at, i)
		r.insert(to, e)
		return
	}
	j := i
	if to >= from {
		if i+1 < len(b.keys) && b.keys[i+1] <= to {
			j = i + upperBound(b.keys[i+1:], to)
			copy(b.keys[i:j], b.keys[i+1:])
			copy(b.elements[i:j], b.elements[i+1:])
		}
	} else {
		j = upperBound(b.keys[:i], to)
		copy(b.keys[j+1:i+1], b.keys[j:i])
		copy(b.elements[j+1:i+1], b.elements[j:i])
	}
	b.keys[j], b.elements[j] = to, e
}

// first appends the n elements with the least keys, in that order; n is not more than
// there are.
func (r *ranking) first(n int, dst []*Element) []*Element {
	for _, b := range r.blocks {
		if n <= len(b.elements) {
			return append(dst, b.elements[:n]...)
		}
		dst = append(dst, b.elements...)
		n -= len(b.elements)
	}
	return dst
}

// upperBound returns the number of keys that are not greater than key. As the way
// through the keys cannot be foreseen, there is no branch on them.
func upperBound(keys []uint64, key uint64) int {
	base := uint(0)
	for n := uint(len(keys)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(key, keys[base+half-1], 0) // 1 if key < the other one
		base += half & (uint(less) - 1)
		n -= half
	}
	return int(base)
}

// lowerBound returns the number of keys that are less than key.
func lowerBound(keys []uint64, key uint64) int {
	base := uint(0)
	for n := uint(len(keys)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(keys[base+half-1], key, 0) // 1 if the other one < key
		base += half & -uint(less)
		n -= half
	}
	return int(base)
}
