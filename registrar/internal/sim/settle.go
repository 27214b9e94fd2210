package sim

import (
	"fmt"
	"time"
)

// renewal is the time until an element registers again after a takeover. Before that, some
// registrars may have an old version of the element.
const renewal = 6 * time.Second

// settle lets time pass until Check finds nothing, which must happen within bound. Afterwards
// it checks for a while that the world stays so, and that no element changes its home. It
// returns the time until Check found nothing.
func (w *World) settle() time.Duration {
	w.Run(w.config.Spread)
	if w.config.ENRP.SuggestTakeovers {
		// Elements are suggested when they register, each second time at least. An element that has
		// missed the announces of the other registrar refuses the suggestion until the next.
		w.config.Network.DatagramLoss = 0
		w.Run(w.config.Interval * 3)
	}
	begin := w.now
	step := w.bound() / 60
	took, homes := w.now, ""
	for w.now-took < max(w.bound()/4, renewal) {
		err := w.Check()
		if now := w.homes(); err != nil || now != homes {
			took, homes = w.now, now
			if w.now-begin > w.bound() {
				w.violate("not settled after %v: %v", w.now-begin, err)
				return w.now - begin
			}
		}
		w.Run(step)
	}
	took -= begin
	w.log("world", "settled after %v", took)
	for range 50 {
		w.Run(step)
		if err := w.Check(); err != nil {
			w.violate("not settled any more: %v", err)
			break
		}
		if now := w.homes(); now != homes {
			w.violate("elements have moved: %s, and were %s", now, homes)
			break
		}
	}
	return took
}

// findServing returns a registrar that serves, and nil if there is none.
func (w *World) findServing() *Registrar {
	for _, r := range w.registrars {
		if r.Serving() {
			return r
		}
	}
	return nil
}

// homes returns the identifiers of the home registrars of all elements.
func (w *World) homes() string {
	var homes string
	for _, e := range w.elements {
		if e.Serving() {
			id, _ := e.machine.Home()
			if r := w.findServing(); id == 0 && r != nil {
				// A configured registrar tells its identifier with its first keep-alive.
				if known := r.Handlespace().Find(e.pool, e.id); known != nil {
					id = known.HomeID()
				}
			}
			homes += fmt.Sprintf(" %v", id)
		}
	}
	return homes
}
