package handlespace

import "math/bits"

// ranking is a sorted list: blocks of elements in ascending order of their keys. The
// best ones are at the start of the first block, where most selections begin and end;
// a small pool has one block. Elements with equal keys are in the order in which they
// got them.
type ranking struct {
	blocks []*rankBlock
	// floors has a number for each block: not greater than its keys, and not less
	// than those of the block before. That of the first block is 0.
	floors []uint64
	spares []*rankBlock
}

type rankBlock struct{ ranked []ranked }

// ranked is an element with its key, which is there so that a search reads no elements.
type ranked struct {
	key uint64
	e   *Element
}

const (
	rankBlockLen  = 64
	rankFirstLen  = 8
	maxSpareRanks = 4
)

// len returns the number of elements, counting block by block.
func (r *ranking) len() (n int) {
	for _, b := range r.blocks {
		n += len(b.ranked)
	}
	return n
}

// insert adds an element behind those of the same key.
func (r *ranking) insert(key uint64, e *Element) {
	at := 0
	if len(r.blocks) > 1 {
		at = r.block(key)
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

// split makes room in block at, which is full, for a key at i. It returns the block
// for the key, and its place there.
func (r *ranking) split(at, i int, key uint64) (*rankBlock, int) {
	b := r.blocks[at]
	if i == rankBlockLen {
		// Keys that ascend leave full blocks behind.
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

// dropBlock removes a block, of which there is another one.
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

// block returns the last block whose floor is not greater than key.
func (r *ranking) block(key uint64) int {
	at := uint(0)
	for n := uint(len(r.floors)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(key, r.floors[at+half-1], 0)
		at += half & (uint(less) - 1)
		n -= half
	}
	return int(at) - 1
}

// find returns the block and the place of an element with its key.
func (r *ranking) find(key uint64, e *Element) (at, i int) {
	if len(r.blocks) > 1 && key > 0 {
		at = r.block(key - 1)
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

// move gives an element another key.
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

// first appends the n elements with the least keys, in that order; n is not more than
// there are.
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

// upperBound returns the number of keys that are not greater than key. As the way
// through the keys cannot be foreseen, there is no branch on them.
func upperBound(list []ranked, key uint64) int {
	base := uint(0)
	for n := uint(len(list)); n > 0; {
		half := (n + 1) / 2
		_, less := bits.Sub64(key, list[base+half-1].key, 0) // 1 if key < the other one
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
		_, less := bits.Sub64(list[base+half-1].key, key, 0) // 1 if the other one < key
		base += half & -uint(less)
		n -= half
	}
	return int(base)
}
