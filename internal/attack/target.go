package attack

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
)

// A Target is what attacks are directed at, and where they come from.
type Target struct {
	// ASAP and ENRP are the addresses of the registrar.
	ASAP, ENRP netip.AddrPort
	// Service is the address of the echo service of an element.
	Service netip.AddrPort
	// Element is where an element takes messages of registrars. Not valid: the registrar is asked for the addresses of
	// all its elements.
	Element netip.AddrPort
	// Pool is a pool that has elements, and ID is the identifier of one of them.
	Pool wire.PoolHandle
	ID   wire.PEID
	// Registrar is the identifier of the registrar.
	Registrar wire.ServerID
	// From holds the addresses that attacks come from. The first is the address of the prefix.
	From netip.Prefix
}

// source returns the address of the k-th association, with a free port. The addresses are used in turn.
func (w *work) source(k int) netip.AddrPort {
	addr := w.From.Addr()
	for range k % w.Sources {
		if next := addr.Next(); w.From.Contains(next) {
			addr = next
		}
	}
	return netip.AddrPortFrom(addr, 0)
}
