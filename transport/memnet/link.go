package memnet

import "time"

// A link connects two hosts, or a host to itself.
type link struct {
	net  *Network
	a, b *Host
	Link
	partitioned bool
	cut         uint64 // Counts changes of reachability; a later change voids a timeout.
	routes      []*route
}

// A hostPair is the key of a link. The host with the lower index comes first.
type hostPair struct{ a, b *Host }

// linkOf returns the link between two hosts, and makes the link at the first call.
func (n *Network) linkOf(a, b *Host) *link {
	if a.index > b.index {
		a, b = b, a
	}
	key := hostPair{a, b}
	l := n.links[key]
	if l == nil {
		l = &link{net: n, a: a, b: b}
		if a != b {
			l.Link = n.config.Link
		}
		n.links[key] = l
	}
	return l
}

// isConnected reports whether packets get through the link.
func (l *link) isConnected() bool {
	return !l.partitioned && !l.a.down && !l.b.down
}

// drawDelay returns the time that the next packet takes, with a random jitter.
func (l *link) drawDelay() time.Duration {
	d := l.Latency
	if l.Jitter > 0 {
		d += time.Duration(l.net.config.Rand.Int64N(int64(l.Jitter) + 1))
	}
	return d
}

// applyChange applies a change that may cut or restore links. A cut link ends its
// associations after Config.Timeout. A restored link releases its packets.
func (n *Network) applyChange(links []*link, apply func()) {
	before := make([]bool, len(links))
	for i, l := range links {
		before[i] = l.isConnected()
	}
	apply()
	for i, l := range links {
		switch now := l.isConnected(); {
		case before[i] && !now:
			l.cut++
			cut := l.cut
			n.schedule(time.Now().Add(n.config.Timeout), func() {
				if l.cut == cut {
					l.giveUp()
				}
			})
		case !before[i] && now:
			l.cut++
			for _, r := range l.routes {
				r.resume()
			}
		}
	}
}

// giveUp ends all associations over the link.
func (l *link) giveUp() {
	l.a.endAssociations(l.b)
	l.b.endAssociations(l.a)
}
