package enrp

import (
	"slices"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// transfers are the changes of the home of all elements of registrars that are gone. A registrar
// may have a million elements, so each step moves a slice of them. Elements that are not moved
// yet count as elements of the new home already. A transfer ends early when its former home is
// a peer again: the rest of the elements stay with it.
type transfers struct {
	own *registrar
	all []transfer // in the order of their beginning
}

// transfer is a change of the home of all elements of a registrar.
type transfer struct{ from, to wire.ServerID }

// begin begins a transfer, unless another transfer from the same registrar is under way, or the
// registrar has no elements. Elements on their way to that registrar go to the new home as well.
func (t *transfers) begin(from, to wire.ServerID) {
	if slices.ContainsFunc(t.all, func(x transfer) bool { return x.from == from }) {
		return
	}
	for i := range t.all {
		if t.all[i].to == from {
			t.all[i].to = to
		}
	}
	if t.own.hs.Owned(from) > 0 {
		t.all = append(t.all, transfer{from, to})
	}
}

// cancel ends the transfer from a registrar, if there is any.
func (t *transfers) cancel(from wire.ServerID) {
	t.all = slices.DeleteFunc(t.all, func(x transfer) bool { return x.from == from })
}

// next returns the next element to be moved and its new home, nil if no transfer is under way.
func (t *transfers) next() (*handlespace.Element, wire.ServerID) {
	for len(t.all) > 0 {
		for e := range t.own.hs.OwnedBy(t.all[0].from) {
			return e, t.all[0].to
		}
		t.all = slices.Delete(t.all, 0, 1)
	}
	return nil, 0
}

// isUnderWay reports whether elements wait to be moved.
func (t *transfers) isUnderWay() bool { return len(t.all) > 0 }

// isReceiver reports whether elements are on their way to a registrar.
func (t *transfers) isReceiver(id wire.ServerID) bool {
	return slices.ContainsFunc(t.all, func(x transfer) bool { return x.to == id })
}

// home returns the home of an element, the new home if the element is on its way.
func (t *transfers) home(e *handlespace.Element) wire.ServerID {
	for _, x := range t.all {
		if x.from == e.HomeID() {
			return x.to
		}
	}
	return e.HomeID()
}

// owned returns the number of elements of a registrar, with the elements on their way to it.
func (t *transfers) owned(id wire.ServerID) int {
	n := t.own.hs.Owned(id)
	for _, x := range t.all {
		if x.to == id {
			n += t.own.hs.Owned(x.from)
		}
	}
	return n
}

// checksum returns the checksum of a registrar's elements, with the elements on their way to it.
func (t *transfers) checksum(id wire.ServerID) uint16 {
	sum := t.own.hs.Checksum(id)
	for _, x := range t.all {
		if x.to == id {
			sum = sum.Add(t.own.hs.Checksum(x.from))
		}
	}
	return sum.Value()
}
