package handlespace

import (
	"iter"

	"github.com/rserpool-go/rserpool/wire"
)

// owner is a home registrar with its elements. One without elements is kept, as most
// come back soon; but not when there are many.
type owner struct {
	id      wire.ServerID
	sum     wire.PEChecksum
	members roster[Element]
}

const maxIdleOwners = 64

// ownerOf returns the owner with an id other than 0.
func (h *Handlespace) ownerOf(id wire.ServerID) *owner {
	if o := h.owners.get(uint64(id)); o != nil {
		return o
	}
	o := &owner{id: id}
	h.owners.put(uint64(id), o)
	return o
}

// own puts e into the index of its home registrar.
func (h *Handlespace) own(e *Element) {
	if e.home == 0 {
		return
	}
	e.owner = h.ownerOf(e.home)
	e.ownerPos = e.owner.members.add(e, h.nextSerial())
	e.owner.sum = e.owner.sum.Add(e.sum())
}

// disown takes e out of the index of its home registrar.
func (h *Handlespace) disown(e *Element) {
	o := e.owner
	if o == nil {
		return
	}
	e.owner = nil
	o.members.remove(e.ownerPos, placeOwned)
	o.sum = o.sum.Sub(e.sum())
	if o.members.live == 0 && h.owners.used > maxIdleOwners {
		h.owners.remove(uint64(o.id))
	}
}

// sum returns the element's part of a checksum.
func (e *Element) sum() wire.PEChecksum { return e.pool.sum.Add(wire.SumPE("", e.id)) }

// SetOwner makes id the home registrar of e, as after a takeover (RFC 5353, 4.6).
func (h *Handlespace) SetOwner(e *Element, id wire.ServerID) {
	previous := e.home
	if previous == id {
		return
	}
	h.disown(e)
	e.setHome(id)
	e.marked = false // What was asked of the former home does not count any more.
	h.own(e)
	h.notify(Change{Kind: Updated, Element: e, PreviousHomeID: previous})
}

// OwnedBy yields the elements of a home registrar. Elements may be registered,
// removed and given to others meanwhile.
func (h *Handlespace) OwnedBy(id wire.ServerID) iter.Seq[*Element] {
	// This is inlined, so that a loop over it does not allocate.
	return func(yield func(*Element) bool) {
		if o := h.owners.get(uint64(id)); o != nil && id != 0 {
			o.members.all(yield)
		}
	}
}

// Owned returns the number of elements of a home registrar.
func (h *Handlespace) Owned(id wire.ServerID) int {
	if o := h.owners.get(uint64(id)); o != nil && id != 0 {
		return o.members.live
	}
	return 0
}

// Checksum returns the sum for the PE checksum of a home registrar
// (RFC 5353, 3.6.2). It is kept up to date, so this costs nothing.
func (h *Handlespace) Checksum(id wire.ServerID) wire.PEChecksum {
	if o := h.owners.get(uint64(id)); o != nil && id != 0 {
		return o.sum
	}
	return 0
}

// Mark marks the elements of a home registrar, before it is asked for all it has
// (RFC 5353, 4.2.2). A registration takes an element's mark away, and so does a change
// of its home.
func (h *Handlespace) Mark(id wire.ServerID) {
	for e := range h.OwnedBy(id) {
		e.marked = true
	}
}

// Unmark takes the marks of a home registrar's elements away.
func (h *Handlespace) Unmark(id wire.ServerID) {
	for e := range h.OwnedBy(id) {
		e.marked = false
	}
}

// PurgeMarked removes the elements of a home registrar that are still marked, and
// returns how many there were.
func (h *Handlespace) PurgeMarked(id wire.ServerID) (n int) {
	for e := range h.OwnedBy(id) {
		if e.marked {
			h.Remove(e)
			n++
		}
	}
	return n
}
