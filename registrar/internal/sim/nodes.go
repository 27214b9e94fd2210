package sim

import (
	"math/rand/v2"
	"net/netip"
)

// New returns a world whose nodes are about to start.
func New(config Config) *World {
	config = config.withDefaults()
	w := &World{
		config: config,
		random: rand.New(rand.NewPCG(config.Seed, 0)),
		byAddr: make(map[netip.Addr]*host),
	}
	for i := range config.Registrars {
		w.registrars = append(w.registrars, w.newRegistrar(i))
	}
	for i := range config.Elements {
		w.elements = append(w.elements, w.newElement(i))
	}
	for i := range config.Users {
		w.users = append(w.users, w.newUser(i))
	}
	for _, r := range w.registrars {
		w.after(w.draw(0, config.Spread), r.Start)
	}
	for _, e := range w.elements {
		w.after(w.draw(0, config.Spread), e.Start)
	}
	for _, u := range w.users {
		w.after(w.draw(0, config.Spread), u.Start)
	}
	return w
}

// Registrars returns the registrars.
func (w *World) Registrars() []*Registrar { return w.registrars }

// Elements returns the pool elements.
func (w *World) Elements() []*Element { return w.elements }

// Users returns the pool users.
func (w *World) Users() []*User { return w.users }
