package sim

import "slices"

// Cut is a partition of the network.
type Cut struct {
	w      *World
	name   string
	blocks func(from, to *host) bool
}

// cut begins a partition.
func (w *World) cut(name string, blocks func(from, to *host) bool) *Cut {
	c := &Cut{w: w, name: name, blocks: blocks}
	w.cuts = append(w.cuts, c)
	w.fault("cut: %s", name)
	for _, h := range w.halves {
		if h.isAlive() && !(w.isOpen(h.ep.host, h.peer.ep.host) && w.isOpen(h.peer.ep.host, h.ep.host)) {
			h.watch()
		}
	}
	return c
}

// Heal ends a partition.
func (c *Cut) Heal() {
	w := c.w
	i := slices.Index(w.cuts, c)
	if i < 0 {
		return
	}
	w.cuts = slices.Delete(w.cuts, i, i+1)
	w.fault("healed: %s", c.name)
	for _, h := range w.halves {
		h.resume()
	}
}

// HealAll ends all partitions.
func (w *World) HealAll() {
	for len(w.cuts) > 0 {
		w.cuts[0].Heal()
	}
}

// Partition cuts the nodes that inside names off from all other nodes. With oneWay, only
// packets from inside to outside are lost.
func (w *World) Partition(name string, inside func(node string) bool, oneWay bool) *Cut {
	return w.cut(name, func(from, to *host) bool {
		a, b := inside(from.name), inside(to.name)
		return a && !b || !oneWay && !a && b
	})
}
