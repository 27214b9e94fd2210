package sim

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// recount checks, in a world in any state, the sums and numbers that handlespaces keep, and the
// sizes of registrars.
func (w *World) recount() {
	for _, r := range w.registrars {
		if !r.Running() {
			continue
		}
		hs := r.Handlespace()
		sums, counts := make(map[wire.ServerID]wire.PEChecksum), make(map[wire.ServerID]int)
		for e := range hs.Elements() {
			sums[e.HomeID()] = sums[e.HomeID()].Add(wire.SumPE(e.PoolHandle(), e.ID()))
			counts[e.HomeID()]++
			w.checkHeld(r, e)
		}
		for id, sum := range sums {
			if hs.Checksum(id) != sum || hs.Owned(id) != counts[id] {
				w.violate("%s: checksum or number of elements of %v is wrong", r.host.name, id)
			}
		}
		size, most := sizeOf(r.core), 200+30*len(w.registrars)+10*(len(w.elements)+len(w.users))
		if size > most {
			w.violate("%s: machines hold %d entries, more than %d", r.host.name, size, most)
		}
	}
}

// checkHeld checks that an element can leave a registrar's handlespace again. It needs a timer,
// unless the registrar is about to adopt it, and no association that is down, unless the registrar
// is about to remove it.
func (w *World) checkHeld(r *Registrar, e *handlespace.Element) {
	if e.Timer() == 0 && (e.HomeID() != r.id || e.Association() != 0) {
		w.violate("%s: %v %v of %v never expires", r.host.name, e.PoolHandle(), e.ID(), e.HomeID())
	}
	if a := step.AssocID(e.Association()); a != 0 && r.sides[core.ASAP].assocs[a] == nil && !r.sides[core.ASAP].isDying(a) && !r.isBusy() {
		w.violate("%s: %v %v has an association that is down", r.host.name, e.PoolHandle(), e.ID())
	}
}

// isBusy reports whether the registrar may have work for its next tick, a millisecond from now.
func (r *Registrar) isBusy() bool {
	d := r.core.Deadline()
	return !d.IsZero() && d.Sub(r.host.clock()) <= time.Millisecond
}

// isDying reports whether an association has ended, but not yet for its owner.
func (ep *endpoint) isDying(assoc step.AssocID) bool {
	return slices.ContainsFunc(ep.all, func(h *half) bool { return h.id == assoc })
}
