package memnet

import (
	"slices"
	"time"
)

// A place is a port of a host.
type place struct {
	host *Host
	port uint16
}

// A routeKey is the key of a route.
type routeKey struct{ from, to place }

// A route leads from one port to another, and keeps packets in order.
type route struct {
	link  *link
	queue []packet  // In order of sending, which is the order of arrival.
	last  time.Time // The arrival time of the last packet in transit.
}

// A packet is a packet on a route.
type packet struct {
	// arrive runs on arrival.
	arrive func()
	// repeated reports whether the sender still repeats the packet until arrival. Nil:
	// the packet is sent only once.
	repeated func() bool
	// at is the arrival time; zero while the packet waits for the link.
	at time.Time
}

// isHeld reports whether the packet waits for the link.
func (p packet) isHeld() bool { return p.at.IsZero() }

// isWanted reports whether the sender still repeats the packet.
func (p packet) isWanted() bool { return p.repeated != nil && p.repeated() }

// routeOf returns the route between two ports, and makes the route at the first call.
func (n *Network) routeOf(from, to place) *route {
	key := routeKey{from, to}
	r := n.routes[key]
	if r == nil {
		l := n.linkOf(from.host, to.host)
		r = &route{link: l}
		n.routes[key] = r
		l.routes = append(l.routes, r)
	}
	return r
}

// transmit sends a packet. While the link is cut, only a repeated packet is kept.
func (r *route) transmit(p packet) {
	if r.link.isConnected() {
		r.launch(&p)
		r.queue = append(r.queue, p)
		return
	}
	r.queue = slices.DeleteFunc(r.queue, func(q packet) bool { return q.isHeld() && !q.isWanted() })
	if p.isWanted() {
		r.queue = append(r.queue, p)
	}
}

// launch sets the arrival time of a packet, and schedules the arrival.
func (r *route) launch(p *packet) {
	p.at = time.Now().Add(r.link.drawDelay())
	if p.at.Before(r.last) {
		p.at = r.last
	}
	r.last = p.at
	r.link.net.schedule(p.at, r.deliver)
}

// deliver runs the arrival of all packets whose time has come.
func (r *route) deliver() {
	for len(r.queue) > 0 && !r.queue[0].isHeld() && !r.queue[0].at.After(time.Now()) {
		if r.link.isConnected() {
			pop(&r.queue).arrive()
			continue
		}
		if r.queue[0].isWanted() {
			r.queue[0].at = time.Time{}
			return
		}
		pop(&r.queue)
	}
}

// resume sends the packets that have waited for the link. It also repeats packets that
// would have arrived while the link was cut.
func (r *route) resume() {
	queue := r.queue
	r.queue = nil
	r.last = time.Time{}
	for _, p := range queue {
		switch {
		case p.at.After(time.Now()): // The cut was over before the packet's arrival.
			if p.at.Before(r.last) {
				p.at = r.last
			}
			r.last = p.at
			r.link.net.schedule(p.at, r.deliver)
		case p.isWanted():
			r.launch(&p)
		default:
			continue
		}
		r.queue = append(r.queue, p)
	}
}
