package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// handleResolution answers with elements of a pool (RFC 5352, 3.3), but not with all (ADR 0008,
// E1). It refuses resolutions that come too often (E9).
func (r *Registrar) handleResolution(now time.Time, assoc step.AssocID, m *asapmsg.HandleResolution) {
	p := r.peers.find(assoc)
	if !p.resolutions.allow(now, r.config.MaxResolutionRate) {
		r.counts.RefusedResolutions++
		r.resolver.refuse(assoc, m.PoolHandle)
		return
	}
	r.counts.Resolutions++
	items := r.config.MaxResolutionItems
	if m.Items != 0 {
		items = int(min(m.Items, maxResolutionItems))
	}
	items = min(items, maxResolutionItems)
	var flags uint8
	if m.Subscribe && r.hs.Pool(m.PoolHandle) != nil && r.subscriptions.add(assoc, p.host(), m.PoolHandle, items) {
		flags = asapmsg.AcceptBit
	}
	if answer, ok := r.resolver.respond(m.PoolHandle, items, flags); ok {
		r.send(assoc, answer)
	} else {
		r.resolver.refuse(assoc, m.PoolHandle)
	}
}
