package sim

import "time"

// isOpen reports whether packets get from a host to another host.
func (w *World) isOpen(from, to *host) bool {
	for _, c := range w.cuts {
		if from != to && c.blocks(from, to) {
			return false
		}
	}
	return true
}

const (
	rto    = 200 * time.Millisecond // time until a lost packet is sent again
	maxRTO = 2 * time.Second        // it doubles up to this
)

// drawTransit draws the time that a packet of an association takes. Lost packets take longer.
func (w *World) drawTransit() time.Duration {
	n := &w.config.Network
	d := n.Delay + w.draw(0, n.Jitter)
	for again := rto; w.flip(n.Loss); again = min(2*again, maxRTO) {
		d += again
	}
	return d
}

// multicast delivers a datagram to each member of a group that it reaches, including its
// sender.
func (w *World) multicast(from *host, members []*host, deliver func(to *host)) {
	n := &w.config.Network
	for _, to := range members {
		if to.process == nil || !w.isOpen(from, to) || w.flip(n.DatagramLoss) {
			continue
		}
		to.process.after(n.Delay+w.draw(0, 3*n.Jitter), func() { deliver(to) })
	}
}
