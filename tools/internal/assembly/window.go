package assembly

// window knows which of the latest TSNs were seen.
type window struct {
	started bool
	top     uint32 // the highest TSN seen (RFC 9260, 1.6: in serial number arithmetic)
	seen    [windowSize / 64]uint64
}

// windowSize is how many TSNs a window holds: more than any sender has on the way.
const windowSize = 8192

// add reports whether the TSN is new. One that is older than the window counts as
// seen.
func (w *window) add(tsn uint32) bool {
	ahead := int32(tsn - w.top)
	switch {
	case !w.started:
		w.started = true
		w.top = tsn
	case ahead >= windowSize:
		w.seen = [len(w.seen)]uint64{}
		w.top = tsn
	case ahead > 0:
		for t := w.top + 1; t != tsn; t++ {
			word, bit := place(t)
			w.seen[word] &^= bit
		}
		w.top = tsn
		word, bit := place(tsn)
		w.seen[word] &^= bit
	case ahead <= -windowSize:
		return false
	}
	word, bit := place(tsn)
	isNew := w.seen[word]&bit == 0
	w.seen[word] |= bit
	return isNew
}

func place(tsn uint32) (word int, bit uint64) {
	i := tsn % windowSize
	return int(i / 64), 1 << (i % 64)
}
