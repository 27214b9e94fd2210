package sim

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/rserpool-go/rserpool/registrar/internal/core"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// Check returns an error unless the world is settled:
//
//   - All registrars know each other.
//   - All registrars have the same handlespace, with exactly the living elements.
//   - Each element knows its home registrar, over an association with it.
//   - Each user has a session with a living element.
//
// A world without a serving registrar is settled.
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
	if err := compareHandlespaces(serving, living); err != nil {
		return err
	}
	for _, u := range w.users {
		if err := w.checkUser(u); err != nil {
			return fmt.Errorf("%s: %w", u.host.name, err)
		}
	}
	return nil
}

// compareHandlespaces checks that registrars have the same elements, and the given number.
func compareHandlespaces(serving []*Registrar, number int) error {
	for _, r := range serving {
		if n := r.Handlespace().Len(); n != number {
			return fmt.Errorf("%s: has %d elements, %d live", r.host.name, n, number)
		}
		for e := range serving[0].Handlespace().Elements() {
			other := r.Handlespace().Find(e.PoolHandle(), e.ID())
			if other == nil || !bytes.Equal(e.AppendWithASAP(nil), other.AppendWithASAP(nil)) {
				return fmt.Errorf("%s: %v %v differs from the entry of %s", r.host.name, e.PoolHandle(), e.ID(), serving[0].host.name)
			}
		}
	}
	return nil
}

// checkRegistrar checks that a registrar is ready, knows its peers, and holds no state of the past.
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
	got := r.core.ENRP().Peers()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("peers are %v, want %v", got, want)
	}
	// Each configured peer may have a dial under way, which is an entry of a table.
	dials := len(w.staticPeers(r))
	size, most := sizeOf(r.core), 30+dials+8*len(r.sides[core.ENRP].assocs)+5*len(r.sides[core.ASAP].assocs)
	if size > most {
		return fmt.Errorf("machines hold %d entries, more than %d", size, most)
	}
	return nil
}

// checkElement checks that an element has a home, which all registrars agree on.
func (w *World) checkElement(e *Element, serving []*Registrar) error {
	id, has := e.machine.Home()
	if !has {
		return fmt.Errorf("has no home")
	}
	var home *Registrar
	for _, r := range serving {
		known := r.Handlespace().Find(e.pool, e.id)
		if known == nil {
			return fmt.Errorf("unknown at %s", r.host.name)
		}
		if id == 0 {
			id = known.HomeID() // A configured registrar tells its identifier with its first keep-alive.
		}
		if known.HomeID() != id {
			return fmt.Errorf("home is %v, but %v at %s", id, known.HomeID(), r.host.name)
		}
		if known.Timer() == 0 {
			return fmt.Errorf("no timer at %s", r.host.name)
		}
		if r.id == id {
			home = r
		}
	}
	if home == nil {
		return fmt.Errorf("home %v is gone", id)
	}
	assoc := step.AssocID(home.Handlespace().Find(e.pool, e.id).Association())
	h := home.sides[core.ASAP].assocs[assoc]
	if h == nil || !h.peer.isAlive() || h.peer.ep != e.asap {
		return fmt.Errorf("association %d of %s leads elsewhere", assoc, home.host.name)
	}
	return nil
}

// checkUser checks that a user has a session, if its pool has an element.
func (w *World) checkUser(u *User) error {
	if !u.Running() {
		return nil
	}
	for _, e := range w.elements {
		if e.pool != u.pool || !e.Serving() {
			continue
		}
		switch {
		case u.assoc == 0 || u.connected == nil || !u.connected.Running():
			return fmt.Errorf("has no session")
		case w.now-u.answered > 3*useInterval:
			return fmt.Errorf("no request is answered since %v", u.answered)
		case w.now-u.resolved > 3*useInterval:
			return fmt.Errorf("no resolution is answered since %v", u.resolved)
		}
		return nil
	}
	return nil
}
