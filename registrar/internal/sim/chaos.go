package sim

import (
	"fmt"
	"slices"
	"time"
)

// chaos breaks a world and mends it.
type chaos struct {
	w    *World
	loss float64 // of packets, while things break
}

// keepCounting recounts every half a second.
func (c *chaos) keepCounting() {
	c.w.recount()
	c.w.after(500*time.Millisecond, c.keepCounting)
}

// breakMuch breaks nodes and the network up to twelve times, with pauses of random length.
func (c *chaos) breakMuch() {
	w := c.w
	w.config.Network.Loss = c.loss
	scale := w.bound() / 20
	for range 1 + w.random.IntN(12) {
		c.breakSomething()
		switch w.random.IntN(4) {
		case 0:
		case 1:
			w.Run(w.draw(0, scale/10))
		case 2:
			w.Run(w.draw(0, scale))
		case 3:
			w.Run(w.draw(0, 5*scale))
		}
	}
}

// breakSomething breaks a random node, or the network.
func (c *chaos) breakSomething() {
	w := c.w
	r := w.registrars[w.random.IntN(len(w.registrars))]
	e := w.elements[w.random.IntN(len(w.elements))]
	switch w.random.IntN(20) {
	case 0, 1:
		r.Crash(w.flip(0.5))
	case 2, 3:
		c.restart(r)
	case 4:
		r.Leave()
	case 5:
		e.Crash(w.flip(0.5))
	case 6:
		e.Crash(false)
		c.startElement(e)
	case 7:
		e.Leave()
	case 8, 9:
		c.partition()
	case 10:
		c.isolate(r)
	case 18:
		c.divide()
	case 19:
		c.crashTogether(r)
	case 11, 12:
		if len(w.cuts) > 0 {
			w.cuts[w.random.IntN(len(w.cuts))].Heal()
		}
	case 14, 15:
		e.Update()
	case 16:
		r.Pause(w.draw(0, w.bound()/5))
	case 17:
		for _, e := range w.elements {
			if w.flip(0.5) {
				w.after(w.draw(0, w.bound()/60), e.Update)
			}
		}
	case 13:
		c.startElement(e)
		if len(w.users) > 0 {
			u := w.users[w.random.IntN(len(w.users))]
			u.Crash(w.flip(0.5))
			w.after(w.draw(0, w.bound()/10), u.Start)
		}
	}
}

// restart starts a registrar, and ends its former process before.
func (c *chaos) restart(r *Registrar) {
	if r.Running() {
		r.Crash(false)
	}
	if c.w.flip(0.5) {
		r.NewID()
	}
	r.Start()
}

// startElement starts an element, unless it has a process.
func (c *chaos) startElement(e *Element) {
	if e.Running() {
		return
	}
	if c.w.flip(0.3) {
		e.NewID()
	}
	e.Start()
}

// partition divides all nodes at random.
func (c *chaos) partition() {
	w := c.w
	var inside []string
	for _, h := range w.hosts {
		if w.flip(0.5) {
			inside = append(inside, h.name)
		}
	}
	oneWay := w.flip(0.3)
	w.Partition(fmt.Sprintf("%v, one way: %v", inside, oneWay), func(node string) bool { return slices.Contains(inside, node) }, oneWay)
}

// divide divides the registrars at random. Elements and users reach all of them.
func (c *chaos) divide() {
	w := c.w
	side := make(map[string]int)
	for _, r := range w.registrars {
		side[r.host.name] = 1 + w.random.IntN(2)
	}
	w.cut(fmt.Sprintf("registrars: %v", side), func(from, to *host) bool {
		return side[from.name] != 0 && side[to.name] != 0 && side[from.name] != side[to.name]
	})
}

// crashTogether ends a registrar and about a third of the elements at the same time.
func (c *chaos) crashTogether(r *Registrar) {
	w := c.w
	silent := w.flip(0.5)
	r.Crash(silent)
	for _, e := range w.elements {
		if w.flip(0.3) {
			e.Crash(silent)
		}
	}
}

// isolate cuts a registrar off: from all nodes, from all registrars, from a node, or from a
// registrar. The cut may have a single direction.
func (c *chaos) isolate(r *Registrar) {
	w := c.w
	var outside []string
	switch w.random.IntN(4) {
	case 0:
		for _, h := range w.hosts {
			if h != r.host {
				outside = append(outside, h.name)
			}
		}
	case 1:
		for _, p := range w.registrars {
			if p != r {
				outside = append(outside, p.host.name)
			}
		}
	case 2:
		outside = append(outside, w.hosts[w.random.IntN(len(w.hosts))].name)
	case 3:
		outside = append(outside, w.registrars[w.random.IntN(len(w.registrars))].host.name)
	}
	there, back := w.flip(0.8), w.flip(0.8)
	w.cut(fmt.Sprintf("%s from %v, there: %v, back: %v", r.host.name, outside, there, back), func(from, to *host) bool {
		return there && from == r.host && slices.Contains(outside, to.name) ||
			back && to == r.host && slices.Contains(outside, from.name)
	})
}

// mend heals the network and starts most nodes: at least a registrar, and all users.
func (c *chaos) mend() {
	w := c.w
	w.HealAll()
	w.config.Network.Loss = 0
	running := false
	for _, r := range w.registrars {
		// In a chain, registrars know each other through their neighbours.
		if !r.Running() && (w.config.ChainedPeers || w.flip(0.7)) {
			c.restart(r)
		}
		running = running || r.Serving()
	}
	if !running {
		c.restart(w.registrars[0])
	}
	for _, e := range w.elements {
		if w.flip(0.7) {
			c.startElement(e)
		}
	}
	for _, u := range w.users {
		u.Start()
	}
}
