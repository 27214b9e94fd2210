package handlespace

import "math/bits"

// ranking is a sorted list: blocks of elements in ascending order of their keys. Elements
// with equal keys are in the order in which they got the key. Most selections read only
// the start of the first block. A small pool has a single block.
type ranking struct {
	blocks []*rankBlock
	// floors has the floor of each block: not greater than the keys of the block, and
	// not less than the keys of the block before. The floor of the first block is 0.
	floors []uint64
	spares []*rankBlock // dropped blocks for reuse
}

type rankBlock struct{ ranked []ranked }

// ranked is an element with a copy of its key, so that a search reads no elements.
type ranked struct {
	key uint64
	e   *Element
}

const (
	rankBlockLen  = 64 // elements of a full block
	rankFirstLen  = 8  // initial capacity of the first block
	maxSpareRanks = 4  // blocks
)

// len counts the elements, in O(number of blocks).
func (r *ranking) len() (n int) {
	for _, b := range r.blocks {
		n += len(b.ranked)
	}
	return n
}

// insert adds an element behind the elements with the same key.
func (r *ranking) insert(key uint64, e *Element) {
	at := 0
	if len(r.blocks) > 1 {
		at = r.searchFloors(key)
	} else if len(r.blocks) == 0 {
		r.addBlock(0, 0, rankFirstLen)
	}
	b := r.blocks[at]
	i := upperBound(b.ranked, key)
	if len(b.ranked) == rankBlockLen {
		b, i = r.split(at, i, key)
	}
	b.ranked = append(b.ranked, ranked{})
	copy(b.ranked[i+1:], b.ranked[i:])
	b.ranked[i] = ranked{key, e}
}

// split makes room for a key at position i of the full block at. It returns the block
// for the key, and the position in that block.
func (r *ranking) split(at, i int, key uint64) (*rankBlock, int) {
	b := r.blocks[at]
	if i == rankBlockLen {
		// Ascending keys leave full blocks behind.
		return r.addBlock(at+1, key, rankBlockLen), 0
	}
	const half = rankBlockLen / 2
	c := r.addBlock(at+1, b.ranked[half].key, rankBlockLen)
	c.ranked = append(c.ranked, b.ranked[half:]...)
	clear(b.ranked[half:])
	b.ranked = b.ranked[:half]
	if i > half {
		return c, i - half
	}
	return b, i
}

// addBlock inserts an empty block at position at.
func (r *ranking) addBlock(at int, floor uint64, size int) *rankBlock {
	var b *rankBlock
	if n := len(r.spares); n > 0 {
		b = r.spares[n-1]
		r.spares = r.spares[:n-1]
	} else {
		b = &rankBlock{make([]ranked, 0, size)}
	}
	r.blocks = append(r.blocks, nil)
	r.floors = append(r.floors, 0)
	copy(r.blocks[at+1:], r.blocks[at:])
	copy(r.floors[at+1:], r.floors[at:])
	r.blocks[at], r.floors[at] = b, floor
	return b
}

// dropBlock removes a block. At least one block remains.
func (r *ranking) dropBlock(at int) {
	b := r.blocks[at]
	n := len(r.blocks) - 1
	copy(r.blocks[at:], r.blocks[at+1:])
	copy(r.floors[at:], r.floors[at+1:])
	r.blocks[n] = nil
	r.blocks, r.floors = r.blocks[:n], r.floors[:n]
	r.floors[0] = 0
	if len(r.spares) < maxSpareRanks {
		clear(b.ranked)
		b.ranked = b.ranked[:0]
		r.spares = append(r.spares, b)
	}
}

// searchFloors returns the last block whose floor is not greater than key.
func (r *ranking) searchFloors(key uint64) int {
	at := uint(0)
	for n := uint(len(r.floors)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(key, r.floors[at+half-1], 0)
		at += half & (uint(less) - 1)
		n -= half
	}
	return int(at) - 1
}

// find returns the block of an element with its key, and its position in the block.
func (r *ranking) find(key uint64, e *Element) (at, i int) {
	if len(r.blocks) > 1 && key > 0 {
		at = r.searchFloors(key - 1)
	}
	for i = lowerBound(r.blocks[at].ranked, key); ; i++ {
		for i == len(r.blocks[at].ranked) {
			at, i = at+1, 0
		}
		if r.blocks[at].ranked[i].e == e {
			return at, i
		}
	}
}

// remove removes an element with its key.
func (r *ranking) remove(key uint64, e *Element) {
	r.removeAt(r.find(key, e))
}

// removeAt removes the element at position i of block at. An empty block is dropped, unless
// it is the last block. A small block is merged with the block before, if there is room.
func (r *ranking) removeAt(at, i int) {
	b := r.blocks[at]
	n := len(b.ranked) - 1
	copy(b.ranked[i:], b.ranked[i+1:])
	b.ranked[n] = ranked{}
	b.ranked = b.ranked[:n]
	if n == 0 && len(r.blocks) > 1 {
		r.dropBlock(at)
	} else if n < rankBlockLen/4 && at > 0 {
		if a := r.blocks[at-1]; len(a.ranked) < rankBlockLen/2 {
			a.ranked = append(a.ranked, b.ranked...)
			r.dropBlock(at)
		}
	}
}

// move changes the key of an element.
func (r *ranking) move(from, to uint64, e *Element) {
	at, i := 0, 0
	if r.blocks[0].ranked[0].e != e {
		at, i = r.find(from, e)
	}
	if at+1 < len(r.floors) && to >= r.floors[at+1] || at > 0 && to < r.floors[at] {
		r.removeAt(at, i)
		r.insert(to, e)
		return
	}
	b := r.blocks[at].ranked
	j := i
	if to >= from {
		if i+1 < len(b) && b[i+1].key <= to {
			j = i + upperBound(b[i+1:], to)
			copy(b[i:j], b[i+1:])
		}
	} else {
		j = upperBound(b[:i], to)
		copy(b[j+1:i+1], b[j:i])
	}
	b[j] = ranked{to, e}
}

// first appends the n elements with the least keys in ascending order. n is at most the
// number of elements.
func (r *ranking) first(n int, dst []*Element) []*Element {
	for _, b := range r.blocks {
		for i := range b.ranked {
			if n--; n < 0 {
				return dst
			}
			dst = append(dst, b.ranked[i].e)
		}
	}
	return dst
}

// upperBound returns the number of keys that are not greater than key. The search has no
// branch that depends on a key, since the processor could not predict it.
func upperBound(list []ranked, key uint64) int {
	base := uint(0)
	for n := uint(len(list)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(key, list[base+half-1].key, 0) // 1 if key is less
		base += half & (uint(less) - 1)
		n -= half
	}
	return int(base)
}

// lowerBound returns the number of keys that are less than key.
func lowerBound(list []ranked, key uint64) int {
	base := uint(0)
	for n := uint(len(list)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(list[base+half-1].key, key, 0) // 1 if key is greater
		base += half & -uint(less)
		n -= half
	}
	return int(base)
}
