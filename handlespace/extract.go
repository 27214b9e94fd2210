package handlespace

import "github.com/rserpool-go/rserpool/wire"

// Cursor is a place in a handle table: that of one home registrar's elements, or of
// all. It stays valid whatever changes. A table that is read block by block has each
// element exactly once that was there all the time, and may or may not have those
// that came or went.
type Cursor struct {
	owner wire.ServerID // 0: all elements
	pool  uint64        // serial of the pool of the last element, for all elements
	last  uint64        // serial of the last element
}

// TableOf returns the start of the table of a home registrar's elements; with 0 that
// of the table of all elements.
func TableOf(owner wire.ServerID) Cursor { return Cursor{owner: owner} }

// Extract appends to dst up to n elements that come behind a place in a handle table.
// It returns the place behind them, and whether more elements follow.
//
// All elements come pool by pool, and those of a home registrar in the order in which
// they came to it.
func (h *Handlespace) Extract(c Cursor, n int, dst []*Element) (_ []*Element, next Cursor, more bool) {
	if c.owner != 0 {
		if o := h.owners.get(uint64(c.owner)); o != nil {
			dst, c.last, more = o.members.extract(c.last, n, dst)
		}
		return dst, c, more
	}
	for i := h.pools.after(max(c.pool, 1) - 1); i < len(h.pools.entries); i++ {
		e := h.pools.entries[i]
		if e.item == nil {
			continue
		}
		if e.serial != c.pool {
			if n == 0 {
				return dst, c, true
			}
			c.pool, c.last = e.serial, 0
		}
		before := len(dst)
		if dst, c.last, more = e.item.members.extract(c.last, n, dst); more {
			return dst, c, true
		}
		n -= len(dst) - before
	}
	return dst, c, false
}

// Behind returns the place behind an element in the same table: where to go on if
// the elements behind it are not wanted yet. The element must be in the table.
func (h *Handlespace) Behind(c Cursor, e *Element) Cursor {
	if c.owner != 0 {
		c.last = e.owner.members.entries[e.ownerPos].serial
		return c
	}
	c.pool = e.pool.created
	c.last = e.pool.members.entries[e.poolPos].serial
	return c
}

// extract appends up to n items behind a serial. It returns the serial of the last one,
// and whether more follow.
func (r *roster[T]) extract(serial uint64, n int, dst []*T) (_ []*T, last uint64, more bool) {
	i := r.after(serial)
	for ; i < len(r.entries); i++ {
		e := &r.entries[i]
		if e.item == nil {
			continue
		}
		if n == 0 {
			return dst, serial, true
		}
		n--
		dst = append(dst, e.item)
		serial = e.serial
	}
	return dst, serial, false
}
