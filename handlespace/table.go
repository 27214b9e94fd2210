package handlespace

import "math/rand/v2"

// table maps numbers other than 0 to pointers: a hash table with open addressing, linear
// probing and no tombstones. The hash is the product of the number and a random odd
// factor, since an adversary may choose the numbers.
type table[T any] struct {
	entries []tableEntry[T] // their number is a power of 2
	used    int
	shift   uint8 // 64 - log2(len(entries))
	factor  uint64
}

type tableEntry[T any] struct {
	key   uint64 // 0: empty
	value *T
}

const (
	minTable = 8
	// sparseTable is the maximum size of a table that is at most half full, for speed.
	// Larger tables are at most 4/5 full.
	sparseTable = 64
)

func newTable[T any](rnd *rand.Rand) table[T] {
	return table[T]{factor: rnd.Uint64() | 1}
}

// get returns the value of key, which is not 0, or nil.
func (t *table[T]) get(key uint64) *T {
	if len(t.entries) == 0 {
		return nil
	}
	mask := uint64(len(t.entries) - 1)
	for i := key * t.factor >> t.shift; ; i++ {
		switch e := &t.entries[i&mask]; e.key {
		case key:
			return e.value
		case 0:
			return nil
		}
	}
}

// put adds a key that is not in the table, with its value.
func (t *table[T]) put(key uint64, value *T) {
	if n := len(t.entries); t.used*2 >= n && (n <= sparseTable || t.used*5 >= n*4) {
		t.grow()
	}
	t.used++
	t.insert(key, value)
}

// insert puts an entry into the first free place of its probe sequence.
func (t *table[T]) insert(key uint64, value *T) {
	mask := uint64(len(t.entries) - 1)
	i := key * t.factor >> t.shift
	for t.entries[i&mask].key != 0 {
		i++
	}
	t.entries[i&mask] = tableEntry[T]{key, value}
}

// grow doubles the size of the table.
func (t *table[T]) grow() {
	old := t.entries
	t.setEntries(make([]tableEntry[T], max(minTable, 2*len(old))))
	for i := range old {
		if old[i].key != 0 {
			t.insert(old[i].key, old[i].value)
		}
	}
}

// setEntries makes t an empty table with the given memory, whose entries are empty.
func (t *table[T]) setEntries(entries []tableEntry[T]) {
	t.entries, t.shift = entries, 64
	for n := len(entries); n > 1; n >>= 1 {
		t.shift--
	}
}

// replace sets the value of a key that is in the table.
func (t *table[T]) replace(key uint64, value *T) {
	mask := uint64(len(t.entries) - 1)
	i := key * t.factor >> t.shift
	for t.entries[i&mask].key != key {
		i++
	}
	t.entries[i&mask].value = value
}

// remove removes a key that is in the table.
func (t *table[T]) remove(key uint64) {
	mask := uint64(len(t.entries) - 1)
	i := key * t.factor >> t.shift & mask
	for t.entries[i].key != key {
		i = (i + 1) & mask
	}
	t.used--
	// An entry behind the gap moves into the gap, unless its probe sequence starts
	// behind the gap.
	for j := (i + 1) & mask; t.entries[j].key != 0; j = (j + 1) & mask {
		start := t.entries[j].key * t.factor >> t.shift
		if (j-start)&mask >= (j-i)&mask {
			t.entries[i] = t.entries[j]
			i = j
		}
	}
	t.entries[i] = tableEntry[T]{}
}
