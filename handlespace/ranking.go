package handlespace

// ranking is a sorted list: blocks of keys in ascending order, each with an item. The
// best ones are at the start of the first block, where most selections begin and end;
// a small pool has one block. Items with equal keys are in the order in which they
// got them.
type ranking[T any] struct {
	blocks []*rankBlock[T]
	// floors has a number for each block: not greater than its keys, and not less
	// than those of the block before. That of the first block is 0.
	floors []uint64
	spares []*rankBlock[T]
}

type rankBlock[T any] struct {
	keys  []uint64
	items []*T
}

const (
	rankBlockLen  = 64
	rankFirstLen  = 8
	maxSpareRanks = 4
)

// reset removes all items.
func (r *ranking[T]) reset() {
	for i := range r.blocks {
		r.dropBlock(len(r.blocks) - 1 - i)
	}
}

// len returns the number of items, counting block by block.
func (r *ranking[T]) len() (n int) {
	for _, b := range r.blocks {
		n += len(b.keys)
	}
	return n
}

// insert adds an item behind those of the same key.
func (r *ranking[T]) insert(key uint64, item *T) {
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
	b.insert(i, key, item)
}

func (b *rankBlock[T]) insert(i int, key uint64, item *T) {
	b.keys = append(b.keys, 0)
	b.items = append(b.items, nil)
	copy(b.keys[i+1:], b.keys[i:])
	copy(b.items[i+1:], b.items[i:])
	b.keys[i], b.items[i] = key, item
}

// split makes room in block at, which is full, for a key at i. It returns the block
// for the key, and its place, or -1 if that must be searched for.
func (r *ranking[T]) split(at, i int, key uint64) (*rankBlock[T], int) {
	b := r.blocks[at]
	if i == rankBlockLen {
		// Keys that ascend leave full blocks behind.
		return r.addBlock(at+1, key, rankBlockLen), 0
	}
	const half = rankBlockLen / 2
	c := r.addBlock(at+1, b.keys[half], rankBlockLen)
	c.keys = append(c.keys, b.keys[half:]...)
	c.items = append(c.items, b.items[half:]...)
	clear(b.items[half:])
	b.keys, b.items = b.keys[:half], b.items[:half]
	if i > half {
		return c, -1
	}
	return b, -1
}

func (r *ranking[T]) addBlock(at int, floor uint64, size int) *rankBlock[T] {
	var b *rankBlock[T]
	if n := len(r.spares); n > 0 {
		b = r.spares[n-1]
		r.spares = r.spares[:n-1]
	} else {
		b = &rankBlock[T]{make([]uint64, 0, size), make([]*T, 0, size)}
	}
	r.blocks = append(r.blocks, nil)
	r.floors = append(r.floors, 0)
	copy(r.blocks[at+1:], r.blocks[at:])
	copy(r.floors[at+1:], r.floors[at:])
	r.blocks[at], r.floors[at] = b, floor
	return b
}

// dropBlock removes a block.
func (r *ranking[T]) dropBlock(at int) {
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
		clear(b.items)
		b.keys, b.items = b.keys[:0], b.items[:0]
		r.spares = append(r.spares, b)
	}
}

// find returns the block and the place of an item with its key.
func (r *ranking[T]) find(key uint64, item *T) (at, i int) {
	if len(r.blocks) > 1 {
		at = max(0, lowerBound(r.floors, key)-1)
	}
	for i = lowerBound(r.blocks[at].keys, key); ; i++ {
		for i == len(r.blocks[at].keys) {
			at, i = at+1, 0
		}
		if r.blocks[at].items[i] == item {
			return at, i
		}
	}
}

// remove removes an item with its key.
func (r *ranking[T]) remove(key uint64, item *T) {
	r.removeAt(r.find(key, item))
}

func (r *ranking[T]) removeAt(at, i int) {
	b := r.blocks[at]
	n := len(b.keys) - 1
	copy(b.keys[i:], b.keys[i+1:])
	copy(b.items[i:], b.items[i+1:])
	b.items[n] = nil
	b.keys, b.items = b.keys[:n], b.items[:n]
	if n == 0 && len(r.blocks) > 1 {
		r.dropBlock(at)
	} else if n < rankBlockLen/4 && at > 0 {
		if a := r.blocks[at-1]; len(a.keys) < rankBlockLen/2 {
			a.keys = append(a.keys, b.keys...)
			a.items = append(a.items, b.items...)
			r.dropBlock(at)
		}
	}
}

// move gives an item another key.
func (r *ranking[T]) move(from, to uint64, item *T) {
	at, i := 0, 0
	if r.blocks[0].items[0] != item {
		at, i = r.find(from, item)
	}
	b := r.blocks[at]
	if at+1 < len(r.blocks) && to >= r.floors[at+1] || at > 0 && to < r.floors[at] {
		r.removeAt(at, i)
		r.insert(to, item)
		return
	}
	j := i
	if to >= from {
		if i+1 < len(b.keys) && b.keys[i+1] <= to {
			j = i + upperBound(b.keys[i+1:], to)
			copy(b.keys[i:j], b.keys[i+1:])
			copy(b.items[i:j], b.items[i+1:])
		}
	} else {
		j = upperBound(b.keys[:i], to)
		copy(b.keys[j+1:i+1], b.keys[j:i])
		copy(b.items[j+1:i+1], b.items[j:i])
	}
	b.keys[j], b.items[j] = to, item
}

// first appends the n items with the least keys, in that order; n is not more than
// there are.
func (r *ranking[T]) first(n int, dst []*T) []*T {
	for _, b := range r.blocks {
		if n <= len(b.items) {
			return append(dst, b.items[:n]...)
		}
		dst = append(dst, b.items...)
		n -= len(b.items)
	}
	return dst
}

// upperBound returns the number of keys that are not greater than key.
func upperBound(keys []uint64, key uint64) int {
	base, n := 0, len(keys)
	for n > 0 {
		half := (n + 1) / 2
		if keys[base+half-1] <= key {
			base += half
		}
		n -= half
	}
	return base
}

// lowerBound returns the number of keys that are less than key.
func lowerBound(keys []uint64, key uint64) int {
	base, n := 0, len(keys)
	for n > 0 {
		half := (n + 1) / 2
		if keys[base+half-1] < key {
			base += half
		}
		n -= half
	}
	return base
}
