package handlespace

import (
	"math/bits"
	"math/rand/v2"
)

// draw selects elements at random, without replacement. The probability of an element
// is its base divided by the sum of all bases. An element with base 0 is never selected.
//
// The bases are in a Fenwick tree in the order of the pool's roster. Adding, changing
// and drawing take O(log n), a new tree O(n).
type draw struct {
	members *roster[Element]
	moves   int      // members.moves when the tree was built
	tree    []uint64 // tree[i] is the sum of the last lowbit(i+1) bases up to i
	sum     uint64   // of all bases
	rnd     *rand.Rand
}

func newDraw(p *Pool, rnd *rand.Rand) order { return &draw{members: &p.members, rnd: rnd} }

func (d *draw) reset(p *Pool) {
	d.members, d.moves, d.tree = &p.members, 0, d.tree[:0]
}

func (d *draw) add(e *Element) {
	i := int(e.poolPos)
	switch {
	case d.moves != d.members.moves:
		d.build()
		return
	case i < len(d.tree):
		d.change(i, uint64(e.base))
		return
	}
	v := uint64(e.base)
	d.sum += v
	for low := 1; low < lowbit(i+1); low <<= 1 {
		v += d.tree[i-low]
	}
	d.tree = append(d.tree, v)
}

func (d *draw) remove(e *Element) {
	d.sync()
	d.change(int(e.poolPos), -uint64(e.base))
}

func (d *draw) update(e *Element, base, _ uint32) {
	d.sync()
	d.change(int(e.poolPos), uint64(base)-uint64(e.base))
	e.base = base
}

func (d *draw) pick(n, _ int, dst []*Element) []*Element {
	d.sync()
	if n == 1 {
		if d.sum == 0 {
			return dst
		}
		return append(dst, d.members.entries[d.find(d.rnd.Uint64N(d.sum))].item)
	}
	start := len(dst)
	for range n {
		if d.sum == 0 {
			break
		}
		e := d.members.entries[d.find(d.rnd.Uint64N(d.sum))].item
		d.change(int(e.poolPos), -uint64(e.base))
		dst = append(dst, e)
	}
	for _, e := range dst[start:] {
		d.change(int(e.poolPos), uint64(e.base))
	}
	return dst
}

// find returns the first position up to which the sum of the bases exceeds v. v is less
// than the sum of all bases.
func (d *draw) find(v uint64) int {
	i := 0
	for step := 1 << (bits.Len(uint(len(d.tree))) - 1); step > 0; step >>= 1 {
		if j := i + step; j <= len(d.tree) && d.tree[j-1] <= v {
			i = j
			v -= d.tree[j-1]
		}
	}
	return i
}

// change adds delta to the base at i, modulo 2^64.
func (d *draw) change(i int, delta uint64) {
	d.sum += delta
	for i++; i <= len(d.tree); i += lowbit(i) {
		d.tree[i-1] += delta
	}
}

// sync rebuilds the tree if elements have moved in the roster.
func (d *draw) sync() {
	if d.moves != d.members.moves {
		d.build()
	}
}

// build makes the tree from the bases of all members.
func (d *draw) build() {
	d.moves = d.members.moves
	d.sum = 0
	d.tree = append(d.tree[:0], make([]uint64, len(d.members.entries))...)
	for i := range d.tree {
		if e := d.members.entries[i].item; e != nil {
			d.tree[i] += uint64(e.base)
			d.sum += uint64(e.base)
		}
		if j := i + lowbit(i+1); j < len(d.tree) {
			d.tree[j] += d.tree[i]
		}
	}
}

// lowbit returns the lowest bit that is set in i.
func lowbit(i int) int { return i & -i }
