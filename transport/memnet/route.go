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

// A routeKey names a route.
type routeKey struct{ from, to place }

// A route leads from one port to another, and keeps packets in order.
type route struct {
	link  *link
	queue []packet  // In order of sending, and of arrival.
	last  time.Time // When the last of the packets arrives that are on their way.
}

// A packet is on its way to a port.
type packet struct {
	// arrive is run on arrival.
	arrive func()
	// repeated reports whether the sender still repeats the packet until it
	// arrives. Nil: it is sent but once.
	repeated func() bool
	// at is the time of arrival; zero while the packet waits for the link.
	at time.Time
}

// isHeld reports whether the packet waits for the link.
func (p packet) isHeld() bool { return p.at.IsZero() }

// isWanted reports whether the packet is to be sent again.
func (p packet) isWanted() bool { return p.repeated != nil && p.repeated() }

// routeOf returns the route between two ports.
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

// transmit sends a packet.
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

// launch sets the time at which a packet arrives, and sees to its arrival.
func (r *route) launch(p *packet) {
	p.at = time.Now().Add(r.link.drawDelay())
	if p.at.Before(r.last) {
		p.at = r.last
	}
	r.last = p.at
	r.link.net.schedule(p.at, r.deliver)
}

// deliver lets the packets arrive whose time has come.
func (r *route) deliver() {
	for len(r.queue) > 0 && !r.queue[0].isHeld() && !r.queue[0].at.After(time.Now()) {
		p := r.queue[0]
		if !r.link.isConnected() {
			if p.isWanted() {
				r.queue[0].at = time.Time{}
				return
			}
			r.queue = r.queue[1:]
			continue
		}
		r.queue[0] = packet{}
		r.queue = r.queue[1:]
		p.arrive()
	}
}

// resume sends what has waited for the link. What was under way when the link
// was cut and would have arrived meanwhile is sent again too.
func (r *route) resume() {
	queue := r.queue
	r.queue = nil
	r.last = time.Time{}
	for _, p := range queue {
		switch {
		case p.at.After(time.Now()): // It has not noticed anything.
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
