package handlespace

// roster is a list of items in the order of their addition. A removed item leaves a hole.
// When the holes outnumber the items, they are closed, so that adding and removing take
// amortized constant time. Each entry has a serial, greater than the serials before. A
// serial is a position in the roster that stays valid when items are added or removed.
type roster[T any] struct {
	entries []rosterEntry[T]
	begin   int // position of the first item; no entry before it has an item
	live    int // number of items
	moves   int // counts the closings of holes
}

type rosterEntry[T any] struct {
	serial uint64
	item   *T // nil: a hole
}

// add appends an item and returns its position. The serial must be greater than all
// serials before.
func (r *roster[T]) add(item *T, serial uint64) int32 {
	r.entries = append(r.entries, rosterEntry[T]{serial, item})
	r.live++
	return int32(len(r.entries) - 1)
}

// remove removes the item at pos. It calls setPos for each item that gets another
// position.
func (r *roster[T]) remove(pos int32, setPos func(*T, int32)) {
	r.live--
	r.entries[pos].item = nil
	n := len(r.entries)
	for n > 0 && r.entries[n-1].item == nil {
		n--
	}
	r.entries = r.entries[:n]
	if n > 32 && r.live < n/2 {
		r.closeHoles(setPos)
		return
	}
	r.begin = min(r.begin, n)
	for r.begin < n && r.entries[r.begin].item == nil {
		r.begin++
	}
}

// closeHoles moves the items together, in O(number of entries).
func (r *roster[T]) closeHoles(setPos func(*T, int32)) {
	r.moves++
	n := 0
	r.begin = 0
	for _, e := range r.entries {
		if e.item != nil {
			r.entries[n] = e
			setPos(e.item, int32(n))
			n++
		}
	}
	clear(r.entries[n:])
	r.entries = r.entries[:n]
	if c := cap(r.entries); c > 1024 && n < c/4 {
		r.entries = append(make([]rosterEntry[T], 0, c/2), r.entries...)
	}
}

// after returns the position of the first entry with a greater serial, in O(log n).
func (r *roster[T]) after(serial uint64) int {
	lo, hi := r.begin, len(r.entries)
	if serial == 0 {
		return lo
	}
	for lo < hi {
		if mid := (lo + hi) / 2; r.entries[mid].serial <= serial {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// first returns the first item, or nil.
func (r *roster[T]) first() *T {
	if r.live == 0 {
		return nil
	}
	return r.entries[r.begin].item
}

// all yields the items. The loop may add and remove items.
func (r *roster[T]) all(yield func(*T) bool) {
	for i := r.begin; i < len(r.entries); i++ {
		e := r.entries[i]
		if e.item == nil {
			continue
		}
		moves := r.moves
		if !yield(e.item) {
			return
		}
		if r.moves != moves {
			i = r.after(e.serial) - 1
		}
	}
}
