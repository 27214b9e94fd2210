package player

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
)

// mapping translates the identifiers of the script to those of the live session, and back.
type mapping struct {
	// part is the identifier of the registrar in the script, and live the identifier of the
	// registrar that plays its part. 0 while it is not known.
	part, live wire.ServerID
	// offset is added to the identifiers of elements.
	offset wire.PEID
}

// serverToLive translates the identifier of a registrar.
func (m *mapping) serverToLive(id wire.ServerID) wire.ServerID {
	if id == m.part {
		return m.live
	}
	return id
}

// serverToScript is the reverse of serverToLive.
func (m *mapping) serverToScript(id wire.ServerID) wire.ServerID {
	if id == m.live && m.part != 0 {
		return m.part
	}
	return id
}

// elementToLive translates the identifier of an element. 0 is no identifier and stays; the
// element that would get it gets the one that belongs to 0.
func (m *mapping) elementToLive(id wire.PEID) wire.PEID {
	if id == 0 || id+m.offset != 0 {
		return shift(id, m.offset)
	}
	return m.offset
}

// elementToScript is the reverse of elementToLive.
func (m *mapping) elementToScript(id wire.PEID) wire.PEID {
	if id == 0 || id != m.offset {
		return shift(id, -m.offset)
	}
	return -m.offset
}

func shift(id, by wire.PEID) wire.PEID {
	if id == 0 {
		return 0
	}
	return id + by
}

// elementToLiveAt translates an element that is at the given addresses in the live session.
func (m *mapping) elementToLiveAt(e wire.PoolElement, user []netip.Addr) wire.PoolElement {
	e.ID, e.HomeID = m.elementToLive(e.ID), m.serverToLive(e.HomeID)
	e.UserTransport.Addrs = replaced(e.UserTransport.Addrs, user)
	return e
}

// elementsToScript translates elements in place.
func (m *mapping) elementsToScript(elements []wire.PoolElement) {
	for i := range elements {
		e := &elements[i]
		e.ID, e.HomeID = m.elementToScript(e.ID), m.serverToScript(e.HomeID)
	}
}

// replaced returns the addresses that stand for others: as many, as far as there are.
func replaced(addrs, by []netip.Addr) []netip.Addr {
	return by[:min(len(addrs), len(by))]
}
