// Package association finds the SCTP association of a captured message.
package association

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/recent"
	"github.com/rserpool-go/rserpool/tools/sctpchunk"
)

// maxAssociations bounds the associations that are known at the same time, by half.
const maxAssociations = 8192

// Association is an association of a capture. T is the type of the user's notes about an association.
type Association[T any] struct {
	// Opener sent the INIT, or the first message of the capture. Acceptor is the other end. A
	// multi-homed end has further addresses.
	Opener, Acceptor netip.AddrPort
	Ended            bool
	// Note is for the user of the table.
	Note T

	used   bool // It has carried a message.
	tagged bool // The capture has the INIT, so all tags are known.
}

// tagKey tells a direction of an association.
type tagKey struct {
	tag              uint32
	srcPort, dstPort uint16
}

// pairKey tells an association by its addresses, in the order of [netip.AddrPort.Compare].
type pairKey struct{ a, b netip.AddrPort }

// Direction is one of the two directions of an association.
type Direction[T any] struct {
	*Association[T]
	FromOpener bool
}

// Table finds the association of a packet: by its verification tag, since a
// multi-homed association has many pairs of addresses, and by its addresses if the capture
// does not hold the beginning.
type Table[T any] struct {
	tags  recent.Map[tagKey, Direction[T]]
	pairs recent.Map[pairKey, *Association[T]]
}

// New returns an empty table.
func New[T any]() *Table[T] {
	return &Table[T]{
		tags:  recent.New[tagKey, Direction[T]](maxAssociations),
		pairs: recent.New[pairKey, *Association[T]](maxAssociations),
	}
}

func pairOf(src, dst netip.AddrPort) pairKey {
	if src.Compare(dst) > 0 {
		src, dst = dst, src
	}
	return pairKey{src, dst}
}

// Of returns the direction of a message, in a new association if there is none.
func (t *Table[T]) Of(r *decode.Record) Direction[T] {
	key, pair := tagKey{r.Tag, r.Src.Port(), r.Dst.Port()}, pairOf(r.Src, r.Dst)
	a, ok := t.pairs.Get(pair)
	if d, known := t.tags.Get(key); known {
		if d.Association != a {
			t.pairs.Put(pair, d.Association) // another pair of addresses
		}
		d.used = true
		return d
	}
	if !ok || a.Ended || a.tagged {
		a = &Association[T]{Opener: r.Src, Acceptor: r.Dst}
		t.pairs.Put(pair, a)
	}
	a.used = true
	d := Direction[T]{a, r.Src == a.Opener}
	t.tags.Put(key, d)
	return d
}

// Begin notes the tags of an association that is being opened. It returns the association
// whose place the new one takes, nil if there is none or if it has ended.
func (t *Table[T]) Begin(s decode.Signal) *Association[T] {
	toSender := tagKey{s.Initiate, s.Dst.Port(), s.Src.Port()}
	if s.Type == sctpchunk.TypeInitAck {
		// The INIT ACK carries the tag of the INIT, and is answered with its own.
		if d, ok := t.tags.Get(tagKey{s.Tag, s.Src.Port(), s.Dst.Port()}); ok {
			t.tags.Put(toSender, Direction[T]{d.Association, true})
		}
		return nil
	}
	pair := pairOf(s.Src, s.Dst)
	old, ok := t.pairs.Get(pair)
	if d, again := t.tags.Get(toSender); again {
		if !d.used && !d.Ended {
			return nil // The INIT was sent again.
		}
		old, ok = d.Association, true
	}
	a := &Association[T]{Opener: s.Src, Acceptor: s.Dst, tagged: true}
	t.tags.Put(toSender, Direction[T]{a, false})
	t.pairs.Put(pair, a)
	if !ok || old.Ended {
		return nil
	}
	old.Ended = true
	return old
}

// End returns the direction of a signal that ends an association, and false if the
// association is not known or has ended. A host that does not know the association aborts it
// with the tag of its sender; that counts only from addresses of the association.
func (t *Table[T]) End(s decode.Signal) (Direction[T], bool) {
	key := tagKey{s.Tag, s.Src.Port(), s.Dst.Port()}
	if s.Reflected {
		key.srcPort, key.dstPort = key.dstPort, key.srcPort
	}
	d, ok := t.tags.Get(key)
	a, paired := t.pairs.Get(pairOf(s.Src, s.Dst))
	switch {
	case ok && s.Reflected:
		d.FromOpener = !d.FromOpener
		ok = a == d.Association
	case !ok && paired && !a.tagged:
		d, ok = Direction[T]{a, s.Src == a.Opener}, true
	}
	if !ok || d.Ended {
		return Direction[T]{}, false
	}
	d.Ended = true
	return d, true
}
