package machine

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// home is the association with the home registrar.
type home struct {
	assoc step.AssocID // 0: there is no home
	id    wire.ServerID
	entry *registrar // nil if the registrar opened the association
	peer  []netip.AddrPort
	slow  bool // the registrar has left a request unanswered since its last answer
}

// identifier returns the identifier of the home registrar, 0 if it is not known yet. A
// registrar may have announced itself since the association came up.
func (h *home) identifier() wire.ServerID {
	if h.id == 0 && h.entry != nil {
		return h.entry.id
	}
	return h.id
}
