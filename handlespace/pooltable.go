package handlespace

import (
	"math/bits"
	"math/rand/v2"

	"github.com/rserpool-go/rserpool/wire"
)

// poolTable finds pools by their handles: open addressing with linear probing, and
// no tombstones. Handles are hashed with random secrets, for an adversary may choose
// them.
type poolTable struct {
	entries []poolEntry // a power of 2 of them
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

// put adds a pool that is not there yet.
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

func (t *poolTable) insert(e poolEntry) {
	mask := uint64(len(t.entries) - 1)
	i := e.hash & mask
	for t.entries[i].pool != nil {
		i = (i + 1) & mask
	}
	t.entries[i] = e
}

// remove removes a pool that is there.
func (t *poolTable) remove(p *Pool) {
	mask := uint64(len(t.entries) - 1)
	i := t.hash(p.handle) & mask
	for t.entries[i].pool != p {
		i = (i + 1) & mask
	}
	t.used--
	// Entries behind the gap move into it unless that is before their home.
	for j := (i + 1) & mask; t.entries[j].pool != nil; j = (j + 1) & mask {
		if (j-t.entries[j].hash)&mask >= (j-i)&mask {
			t.entries[i] = t.entries[j]
			i = j
		}
	}
	t.entries[i] = poolEntry{}
}

// hash mixes the first and the last 16 octets, which is all of a handle that can be
// in the table.
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

// mix folds the product of a and b.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func load64(s wire.PoolHandle) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func load32(s wire.PoolHandle) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
