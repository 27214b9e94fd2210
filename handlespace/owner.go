package handlespace

import (
	"encoding/binary"
	"iter"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// owner is a home registrar with its elements. An owner without elements stays in the
// table, since most registrars get elements again soon.
type owner struct {
	id      wire.ServerID
	sum     wire.PEChecksum // of all members
	members roster[Element]
}

// maxIdleOwners bounds the number of owners: beyond it, an owner that loses its last
// element is removed.
const maxIdleOwners = 64

// getOwner returns the owner with an identifier other than 0, and adds it if missing.
func (h *Handlespace) getOwner(id wire.ServerID) *owner {
	if o := h.owners.get(uint64(id)); o != nil {
		return o
	}
	o := &owner{id: id}
	h.owners.put(uint64(id), o)
	return o
}

// joinOwner adds e to the elements of its home registrar, if it has a home registrar.
func (h *Handlespace) joinOwner(e *Element) {
	if e.home == 0 {
		return
	}
	e.owner = h.getOwner(e.home)
	e.ownerPos = e.owner.members.add(e, h.nextSerial())
	e.owner.sum = e.owner.sum.Add(e.sum())
}

// leaveOwner removes e from the elements of its home registrar.
func (h *Handlespace) leaveOwner(e *Element) {
	o := e.owner
	if o == nil {
		return
	}
	e.owner = nil
	o.members.remove(e.ownerPos, setOwnerPos)
	o.sum = o.sum.Sub(e.sum())
	if o.members.live == 0 && h.owners.used > maxIdleOwners {
		h.owners.remove(uint64(o.id))
	}
}

// sum returns the contribution of e to the PE checksum of its home registrar.
func (e *Element) sum() wire.PEChecksum { return e.pool.sum.Add(wire.SumPE("", e.id)) }

// setHome makes id the home registrar of e, in the index of owners and in the encoded
// parameter. It reports whether that is a change. Only 4 octets of the parameter change,
// so a takeover encodes no element.
func (h *Handlespace) setHome(e *Element, id wire.ServerID) bool {
	if e.home == id {
		return false
	}
	h.leaveOwner(e)
	e.home = id
	binary.BigEndian.PutUint32(e.encoded[homeOffset:], uint32(id))
	h.joinOwner(e)
	return true
}

// SetOwner makes id the home registrar of e, as after a takeover (RFC 5353, 3.5.2), in
// constant time. It does not renew the registration; see [Handlespace.Adopt].
func (h *Handlespace) SetOwner(e *Element, id wire.ServerID) {
	if h.setHome(e, id) {
		e.renewed = h.mark
		h.notify(Change{Kind: Updated, Element: e, Former: e.association})
	}
}

// Adopt makes id the home registrar of e, and renews its registration over association
// a. It is for an element that has acknowledged its new home registrar by an
// ASAP_ENDPOINT_KEEP_ALIVE_ACK (RFC 5353, 3.5.2).
//
// The result is the result of a call of [Handlespace.Register] with the parameters of e
// and another home registrar. Adopt decodes and encodes no parameter, and cannot fail.
func (h *Handlespace) Adopt(now time.Time, e *Element, id wire.ServerID, a Association) {
	same := !h.setHome(e, id)
	h.renew(now, e, a, e.base, e.step, same)
}

// OwnedBy yields the elements of a home registrar. The loop may register and remove
// elements, and change their home registrar.
func (h *Handlespace) OwnedBy(id wire.ServerID) iter.Seq[*Element] {
	// The compiler inlines this function, so that a loop over it does not allocate.
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

// Checksum returns the sum for the PE checksum of a home registrar (RFC 5353, 3.6.2).
// Every change of an element updates the sum, so Checksum only reads a field.
func (h *Handlespace) Checksum(id wire.ServerID) wire.PEChecksum {
	if o := h.owners.get(uint64(id)); o != nil && id != 0 {
		return o.sum
	}
	return 0
}

// Mark is a moment in the order of calls of a [Handlespace]. Marks are compared modulo 2^32,
// so a mark is valid for 2^31 further marks.
type Mark uint32

// Mark returns the present moment, before a download of a handle table (RFC 5353, 3.6.3). The
// download has confirmed the elements that are renewed since the mark; see
// [Element.RenewedSince].
func (h *Handlespace) Mark() Mark {
	h.mark++
	return h.mark
}
