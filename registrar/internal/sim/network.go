package sim

import (
	"slices"
	"time"
)

// Network is how what connects the nodes behaves.
type Network struct {
	// Delay is how long a packet is under way, and Jitter by how much more at most.
	Delay, Jitter time.Duration
	// Loss is which part of the packets of associations is lost, which send them
	// again, and DatagramLoss that of datagrams.
	Loss, DatagramLoss float64
	// Heartbeat is how often an idle association is tried, and Verdict how long a
	// peer must be silent to be given up; it varies by a quarter.
	Heartbeat, Verdict time.Duration
	// QueueLimit is how many messages may be under way to a peer.
	QueueLimit int
}

// Cut is a partition.
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
		if h.alive() && !(w.open(h.ep.host, h.peer.ep.host) && w.open(h.peer.ep.host, h.ep.host)) {
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

// Partition cuts the nodes into those that inside names and the others. With
// oneWay only packets from inside to outside are lost.
func (w *World) Partition(name string, inside func(node string) bool, oneWay bool) *Cut {
	return w.cut(name, func(from, to *host) bool {
		a, b := inside(from.name), inside(to.name)
		return a && !b || !oneWay && !a && b
	})
}

// fault notes that something is broken or mended.
func (w *World) fault(format string, args ...any) {
	w.faultAt = w.now
	w.log("world", format, args...)
}

// open reports whether packets get from one host to another.
func (w *World) open(from, to *host) bool {
	for _, c := range w.cuts {
		if from != to && c.blocks(from, to) {
			return false
		}
	}
	return true
}

// rto is after how long a lost packet is sent again at first, and maxRTO at last.
const (
	rto    = 200 * time.Millisecond
	maxRTO = 2 * time.Second
)

// transit returns how long a packet of an association takes.
func (w *World) transit() time.Duration {
	n := &w.config.Network
	d := n.Delay + w.between(0, n.Jitter)
	for again := rto; w.chance(n.Loss); again = min(2*again, maxRTO) {
		d += again
	}
	return d
}

// multicast sends a datagram to all members of a group that it reaches, including its
// sender.
func (w *World) multicast(from *host, members []*host, deliver func(to *host)) {
	n := &w.config.Network
	for _, to := range members {
		if to.process == nil || !w.open(from, to) || w.chance(n.DatagramLoss) {
			continue
		}
		p := to.process
		w.after(n.Delay+w.between(0, 3*n.Jitter), func() {
			if p.running {
				deliver(to)
			}
		})
	}
}
