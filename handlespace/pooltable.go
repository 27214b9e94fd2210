package handlespace

import (
	"math/bits"
	"math/rand/v2"

	"github.com/rserpool-go/rserpool/wire"
)

// poolTable maps handles to pools: a hash table with open addressing, linear probing and
// no tombstones. The hash depends on random secrets, since an adversary may choose the
// handles.
type poolTable struct {
	entries []poolEntry // their number is a power of 2
	used    int
	secret  [3]uint64
}

type poolEntry struct {
	hash uint64
	pool *Pool // nil: empty
}

func newPoolTable(rnd *rand.Rand) poolTable {
	return poolTable{
		entries: make([]poolEntry, minTable),
		secret:  [3]uint64{rnd.Uint64(), rnd.Uint64(), rnd.Uint64()},
	}
}

// find returns the pool of the handle, or nil.
func (t *poolTable) find(handle wire.PoolHandle) *Pool {
	h := t.hash(handle)
	mask := uint64(len(t.entries) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := &t.entries[i]
		if e.pool == nil || e.hash == h && e.pool.handle == handle {
			return e.pool
		}
	}
}

// put adds a pool whose handle is not in the table.
func (t *poolTable) put(p *Pool) {
	if t.used*4 >= len(t.entries)*3 {
		old := t.entries
		t.entries = make([]poolEntry, 2*len(old))
		for _, e := range old {
			if e.pool != nil {
				t.insert(e)
			}
		}
	}
	t.used++
	t.insert(poolEntry{t.hash(p.handle), p})
}

// insert puts an entry into the first free place of its probe sequence.
func (t *poolTable) insert(e poolEntry) {
	mask := uint64(len(t.entries) - 1)
	i := e.hash & mask
	for t.entries[i].pool != nil {
		i = (i + 1) & mask
	}
	t.entries[i] = e
}

// remove removes a pool that is in the table.
func (t *poolTable) remove(p *Pool) {
	mask := uint64(len(t.entries) - 1)
	i := t.hash(p.handle) & mask
	for t.entries[i].pool != p {
		i = (i + 1) & mask
	}
	t.used--
	// An entry behind the gap moves into the gap, unless its probe sequence starts
	// behind the gap.
	for j := (i + 1) & mask; t.entries[j].pool != nil; j = (j + 1) & mask {
		if (j-t.entries[j].hash)&mask >= (j-i)&mask {
			t.entries[i] = t.entries[j]
			i = j
		}
	}
	t.entries[i] = poolEntry{}
}

// hash mixes the first and the last 16 octets of a handle, which are all octets of a
// valid handle.
func (t *poolTable) hash(s wire.PoolHandle) uint64 {
	n := len(s)
	var a, b uint64
	switch {
	case n >= 8:
		a, b = load64(s), load64(s[n-8:])
		if n > 16 {
			a ^= mix(load64(s[8:])^t.secret[2], load64(s[n-16:])^t.secret[1])
		}
	case n >= 4:
		a, b = load32(s), load32(s[n-4:])
	case n > 0:
		a = uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1])
	}
	return mix(a^t.secret[0], b^t.secret[1]+uint64(n)*t.secret[2])
}

// mix returns the exclusive or of the halves of the 128-bit product of a and b.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// load64 reads 8 octets in little-endian order.
func load64(s wire.PoolHandle) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// load32 reads 4 octets in little-endian order.
func load32(s wire.PoolHandle) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
