package handlespace

// roster is a list in order of admission. Items leave holes, which are closed when
// they outnumber the items, so that adding and removing take constant time on
// average. Each entry has a serial number greater than that of the entry before it:
// a place in a roster that stays valid whatever is added or removed.
type roster[T any] struct {
	entries []rosterEntry[T]
	live    int
	moves   int // how often holes were closed
}

type rosterEntry[T any] struct {
	serial uint64
	item   *T // nil: a hole
}

// add appends an item and returns its position. The serial must be greater than all
// before.
func (r *roster[T]) add(item *T, serial uint64) int32 {
	r.entries = append(r.entries, rosterEntry[T]{serial, item})
	r.live++
	return int32(len(r.entries) - 1)
}

// remove removes the item at pos. It tells place where items are to which it gives
// another position.
func (r *roster[T]) remove(pos int32, place func(*T, int32)) {
	r.live--
	r.entries[pos].item = nil
	n := len(r.entries)
	for n > 0 && r.entries[n-1].item == nil {
		n--
	}
	r.entries = r.entries[:n]
	if n > 32 && r.live < n/2 {
		r.closeHoles(place)
	}
}

func (r *roster[T]) closeHoles(place func(*T, int32)) {
	r.moves++
	n := 0
	for _, e := range r.entries {
		if e.item != nil {
			r.entries[n] = e
			place(e.item, int32(n))
			n++
		}
	}
	clear(r.entries[n:])
	r.entries = r.entries[:n]
	if c := cap(r.entries); c > 1024 && n < c/4 {
		r.entries = append(make([]rosterEntry[T], 0, c/2), r.entries...)
	}
}

// after returns the position of the first entry behind a serial.
func (r *roster[T]) after(serial uint64) int {
	if serial == 0 {
		return 0
	}
	lo, hi := 0, len(r.entries)
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
	for i := range r.entries {
		if e := r.entries[i].item; e != nil {
			return e
		}
	}
	return nil
}

// all yields the items. Items may be added and removed meanwhile.
func (r *roster[T]) all(yield func(*T) bool) {
	for i := 0; i < len(r.entries); i++ {
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
