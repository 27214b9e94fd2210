package sim

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// Check reports what is not as it must be in a world that is whole and has had time
// to settle: all registrars know each other, and have the same handlespace with
// exactly the elements that live; each of these has one home, which it knows; each
// user is in a session with one of them.
func (w *World) Check() error {
	var serving []*Registrar
	for _, r := range w.registrars {
		if r.Serving() {
			serving = append(serving, r)
		}
	}
	for _, r := range serving {
		if err := w.checkRegistrar(r, serving); err != nil {
			return fmt.Errorf("%s: %w", r.host.name, err)
		}
	}
	if len(serving) == 0 {
		return nil
	}
	living := 0
	for _, e := range w.elements {
		if !e.Serving() {
			continue
		}
		living++
		if err := w.checkElement(e, serving); err != nil {
			return fmt.Errorf("%s: %w", e.host.name, err)
		}
	}
	for _, r := range serving {
		if n := r.Handlespace().Len(); n != living {
			return fmt.Errorf("%s: has %d elements, %d live", r.host.name, n, living)
		}
		for e := range serving[0].Handlespace().Elements() {
			other := r.Handlespace().Find(e.PoolHandle(), e.ID())
			if other == nil || !bytes.Equal(e.AppendWithASAP(nil), other.AppendWithASAP(nil)) {
				return fmt.Errorf("%s: has another %v %v than %s", r.host.name, e.PoolHandle(), e.ID(), serving[0].host.name)
			}
		}
	}
	for _, u := range w.users {
		if err := w.checkUser(u); err != nil {
			return fmt.Errorf("%s: %w", u.host.name, err)
		}
	}
	return nil
}

// checkRegistrar checks what a registrar knows of the others.
func (w *World) checkRegistrar(r *Registrar, serving []*Registrar) error {
	if !r.ready {
		return fmt.Errorf("not ready")
	}
	var want []wire.ServerID
	for _, p := range serving {
		if p != r {
			want = append(want, p.id)
		}
	}
	got := r.core.Peers().Peers()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("its peers are %v, not %v", got, want)
	}
	// What was there once must be forgotten.
	size, most := sizeOf(r.core), 30+8*len(r.sides[core.ENRP].assocs)+4*len(r.sides[core.ASAP].assocs)
	if size > most {
		return fmt.Errorf("its machines hold %d things, more than %d", size, most)
	}
	return nil
}

// checkElement checks that an element has one home, and knows it.
func (w *World) checkElement(e *Element, serving []*Registrar) error {
	id, has := e.machine.Home()
	if !has {
		return fmt.Errorf("has no home")
	}
	var home *Registrar
	for _, r := range serving {
		known := r.Handlespace().Find(e.pool, e.id)
		if known == nil {
			return fmt.Errorf("%s does not know it", r.host.name)
		}
		if id == 0 {
			id = known.HomeID() // One that is configured without it tells with its first keep-alive.
		}
		if known.HomeID() != id {
			return fmt.Errorf("its home is %v, by %s it is %v", id, r.host.name, known.HomeID())
		}
		if known.Timer() == 0 {
			return fmt.Errorf("%s does not watch it", r.host.name)
		}
		if r.id == id {
			home = r
		}
	}
	if home == nil {
		return fmt.Errorf("its home %v is gone", id)
	}
	assoc := step.AssocID(home.Handlespace().Find(e.pool, e.id).Association())
	h := home.sides[core.ASAP].assocs[assoc]
	if h == nil || !h.peer.alive() || h.peer.ep != e.asap {
		return fmt.Errorf("association %d of %s is not with it", assoc, home.host.name)
	}
	return nil
}

// checkUser checks that a session has an element that lives.
func (w *World) checkUser(u *User) error {
	if !u.Running() {
		return nil
	}
	for _, e := range w.elements {
		if e.pool != u.pool || !e.Serving() {
			continue
		}
		// There is one: then the session must be up.
		switch {
		case u.assoc == 0 || u.connected == nil || !u.connected.Running():
			return fmt.Errorf("has no session")
		case w.now-u.answered > 3*useInterval:
			return fmt.Errorf("session is not served since %v", u.answered)
		case w.now-u.resolved > 3*useInterval:
			return fmt.Errorf("no resolution is answered since %v", u.resolved)
		}
		return nil
	}
	return nil
}

// bound is how long anything may take to be noticed and mended: when a registrar is
// dead as well as its elements, by all timers one after the other, at the slowest
// clock. With the fast profile it is two attempts to reach a dead registrar that an
// element makes first.
func (w *World) bound() time.Duration {
	if w.config.Network.Verdict <= time.Second {
		return 12 * time.Second
	}
	return 40 * time.Second
}

// offered checks that what a user is offered has lived lately.
func (u *User) offered(elements []wire.PoolElement) {
	u.resolved = u.w.now
	for i := range elements {
		id := elements[i].ID
		e := u.w.elementOf(u.pool, id)
		if e != nil && e.Running() {
			continue
		}
		var since time.Duration
		if e != nil {
			since = e.gone
		}
		if late := u.w.now - max(since, u.w.faultAt); late > u.w.bound() {
			u.w.violate("%s is offered %v %v, which is dead for %v", u.host.name, u.pool, id, late)
		}
	}
}

// recount checks that the sums and numbers that handlespaces keep are right, and that
// nothing in a registrar grows without bounds.
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
			w.violate("%s: its machines hold %d things, more than %d", r.host.name, size, most)
		}
	}
}

// checkHeld checks that an element in a registrar's handlespace will not stay there
// for ever without anybody looking after it.
func (w *World) checkHeld(r *Registrar, e *handlespace.Element) {
	if e.Timer() == 0 && (e.HomeID() != r.id || e.Association() != 0) {
		w.violate("%s: %v %v of %v never expires", r.host.name, e.PoolHandle(), e.ID(), e.HomeID())
	}
	if a := step.AssocID(e.Association()); a != 0 && r.sides[core.ASAP].assocs[a] == nil && !r.sides[core.ASAP].isDying(a) {
		w.violate("%s: %v %v has an association that is down", r.host.name, e.PoolHandle(), e.ID())
	}
}

// isDying reports whether an association has ended whose owner is about to be told.
func (ep *endpoint) isDying(assoc step.AssocID) bool {
	return slices.ContainsFunc(ep.all, func(h *half) bool { return h.id == assoc })
}
