package handlespace

import "github.com/rserpool-go/rserpool/wire"

// Cursor is a position in a handle table, which lists the elements of a home registrar
// or all elements. Changes of the handlespace leave a cursor valid. Reading a table block
// by block returns every element exactly once that is in the table all the time.
// Elements that are added or removed in the meantime may be missing.
type Cursor struct {
	owner wire.ServerID // 0: all elements
	pool  uint64        // serial of the pool of the last element, for all elements
	last  uint64        // serial of the last element
}

// TableOf returns the start of the handle table of a home registrar, or of the table of
// all elements if owner is 0.
func TableOf(owner wire.ServerID) Cursor { return Cursor{owner: owner} }

// Extract appends to dst up to n elements of a handle table, from cursor c on. It returns
// the position behind the last of them, and whether more elements follow.
//
// The table of all elements is in the order of the pools. The table of a
// home registrar is in the order in which the registrar became the home of its elements.
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

// Behind returns the position behind e in the table of c. A caller that uses only the
// first elements of a block continues there. The element must be in the table.
func (h *Handlespace) Behind(c Cursor, e *Element) Cursor {
	if c.owner != 0 {
		c.last = e.owner.members.entries[e.ownerPos].serial
		return c
	}
	c.pool = e.pool.created
	c.last = e.pool.members.entries[e.poolPos].serial
	return c
}

// extract appends up to n items behind a serial. It returns the serial of the last
// appended item, and whether more items follow.
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
