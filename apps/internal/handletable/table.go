package handletable

import (
	"cmp"
	"iter"
	"slices"

	"github.com/rserpool-go/rserpool/wire"
)

// A Table is the handlespace of a registrar at a time.
type Table struct {
	// Registrar is the identifier of the registrar.
	Registrar wire.ServerID
	// Checksum is the registrar's checksum over the elements of which it is home; nil: there was none.
	Checksum *uint16
	// Peers are the registrars that the registrar names, sorted by identifier.
	Peers []wire.ServerInformation
	// Elements are sorted by pool handle and identifier.
	Elements []Element
}

// An Element is a pool element of a pool.
type Element struct {
	Pool wire.PoolHandle
	*wire.PoolElement
}

// Pools returns the pools with their elements, sorted by handle.
func (t *Table) Pools() iter.Seq2[wire.PoolHandle, []Element] {
	return func(yield func(wire.PoolHandle, []Element) bool) {
		for rest := t.Elements; len(rest) > 0; {
			handle := rest[0].Pool
			n := slices.IndexFunc(rest, func(e Element) bool { return e.Pool != handle })
			if n < 0 {
				n = len(rest)
			}
			if !yield(handle, rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// NumPools returns the number of pools.
func (t *Table) NumPools() (n int) {
	for range t.Pools() {
		n++
	}
	return n
}

// removePeer removes a registrar from the peers.
func (t *Table) removePeer(id wire.ServerID) {
	t.Peers = slices.DeleteFunc(t.Peers, func(s wire.ServerInformation) bool { return s.ID == id })
}

// sort sorts the table. Of an element that changed while the table was read, the last entry stays.
func (t *Table) sort() {
	slices.SortStableFunc(t.Peers, func(a, b wire.ServerInformation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(t.Elements, compare)
	kept := t.Elements[:0]
	for _, e := range t.Elements {
		if n := len(kept); n > 0 && compare(kept[n-1], e) == 0 {
			kept[n-1] = e
			continue
		}
		kept = append(kept, e)
	}
	clear(t.Elements[len(kept):])
	t.Elements = kept
}

func compare(a, b Element) int {
	return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.ID, b.ID))
}
