package sim

import (
	"encoding"
	"net/netip"
	"time"
)

// The ports of the endpoints.
const (
	portASAP    = 3863 // of registrars
	portENRP    = 9901
	portClient  = 4000 // of elements and users, for ASAP
	portService = 5000 // of elements, for users
	portSession = 6000 // of users, for elements
)

var ports = []uint16{portASAP, portENRP, portClient, portService, portSession}

// owner is told what happens at an endpoint, as by the hub of a real one.
type owner struct {
	up         func(assoc, dial uint64, peer netip.AddrPort)
	down       func(assoc uint64, orderly bool)
	dialFailed func(dial uint64)
	received   func(assoc uint64, data []byte)
}

// endpoint is where associations begin and end.
type endpoint struct {
	owner
	w      *World
	host   *host
	addr   netip.AddrPort
	open   bool
	assocs map[uint64]*half
	byPeer map[netip.AddrPort]*half
	all    []*half // in order; those that are down go now and then
	nextID uint64
	limit  int
	sent   Traffic
}

// Traffic counts what is sent.
type Traffic struct{ Messages, Octets uint64 }

func (t *Traffic) add(octets int) {
	t.Messages++
	t.Octets += uint64(octets)
}

func (h *host) listen(port uint16, owner owner) *endpoint {
	ep := &endpoint{
		owner:  owner,
		w:      h.w,
		host:   h,
		addr:   netip.AddrPortFrom(h.addr, port),
		open:   true,
		assocs: make(map[uint64]*half),
		byPeer: make(map[netip.AddrPort]*half),
		limit:  h.w.config.Network.QueueLimit,
	}
	h.endpoints[port] = ep
	return ep
}

// close ends the endpoint without a word to its owner or its peers.
func (ep *endpoint) close() {
	ep.open = false
	for _, h := range ep.all {
		h.kill()
	}
	ep.all = nil
}

// newHalf adds one side of an association.
func (ep *endpoint) newHalf(remote netip.AddrPort) *half {
	ep.nextID++
	h := &half{ep: ep, id: ep.nextID, remote: remote}
	ep.assocs[h.id], ep.byPeer[remote] = h, h
	ep.all = compact(append(ep.all, h))
	ep.w.halves = compact(append(ep.w.halves, h))
	return h
}

// compact drops halves that are down when there may be many.
func compact(halves []*half) []*half {
	if len(halves) < 64 || len(halves)&(len(halves)-1) != 0 {
		return halves
	}
	var kept []*half
	for _, h := range halves {
		if h.alive() {
			kept = append(kept, h)
		}
	}
	return kept
}

// send sends a message. It reports false if the queue is full: then the owner aborts
// the association.
func (ep *endpoint) send(assoc uint64, m encoding.BinaryAppender) bool {
	h := ep.assocs[assoc]
	if h == nil || h.state != up {
		return true
	}
	if len(h.queue) >= ep.limit {
		return false
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		ep.w.violate("%s: a message cannot be encoded: %v", ep.host.name, err)
		return true
	}
	ep.sent.add(len(data))
	h.push(packet{data: data})
	return true
}

// abort ends an association at once.
func (ep *endpoint) abort(assoc uint64) {
	h := ep.assocs[assoc]
	if h == nil || h.state == pending {
		return
	}
	w := ep.w
	h.kill()
	w.after(0, func() { h.tellDown(false) })
	w.after(w.transit(), func() {
		if w.open(ep.host, h.peer.ep.host) {
			h.peer.fail("aborted")
		}
	})
}

// shutdownTimeout is how long a graceful end may take.
const shutdownTimeout = 5 * time.Second

// end shuts an association down gracefully.
func (ep *endpoint) end(assoc uint64) {
	h := ep.assocs[assoc]
	if h == nil || h.state != up {
		return
	}
	h.state = closing
	h.push(packet{fin: true})
	ep.w.after(shutdownTimeout, func() { ep.abort(assoc) })
}

// dialTimeout is how long opening an association may take.
const dialTimeout = 5 * time.Second

// dialing is an attempt to open an association.
type dialing struct {
	ep    *endpoint
	token uint64
	to    netip.AddrPort
	end   time.Duration
}

// dial opens an association.
func (ep *endpoint) dial(token uint64, to netip.AddrPort) {
	ep.w.log(ep.host.name, "dials %v", to)
	d := &dialing{ep, token, to, ep.w.now + dialTimeout}
	ep.w.after(ep.w.transit(), d.arrive)
}

// again tries again later, or gives up.
func (d *dialing) again(try func()) {
	w := d.ep.w
	if w.now >= d.end {
		d.failed()
		return
	}
	w.at(min(d.end, w.now+w.between(rto, 3*rto)), try)
}

func (d *dialing) failed() {
	if d.ep.open {
		d.ep.w.log(d.ep.host.name, "has not reached %v", d.to)
		d.ep.dialFailed(d.token)
	}
}

// arrive is when the first packet arrives.
func (d *dialing) arrive() {
	ep, w := d.ep, d.ep.w
	if !ep.open {
		return
	}
	mine := ep.byPeer[d.to]
	if mine != nil && mine.state == up {
		ep.up(mine.id, d.token, d.to)
		return
	}
	host := w.byAddr[d.to.Addr()]
	if host == nil || !host.up || !w.open(ep.host, host) || w.now >= d.end || mine != nil && mine.state == pending {
		d.again(d.arrive)
		return
	}
	target := host.endpoints[d.to.Port()]
	if target == nil || !target.open || mine != nil {
		if !w.open(host, ep.host) {
			d.again(d.arrive)
			return
		}
		w.after(w.transit(), d.failed) // Refused.
		return
	}
	if theirs := target.byPeer[ep.addr]; theirs != nil {
		theirs.fail("restarted by the peer")
	}
	if !target.open {
		d.again(d.arrive)
		return
	}
	mine, theirs := ep.newHalf(d.to), target.newHalf(ep.addr)
	mine.peer, theirs.peer = theirs, mine
	mine.state, theirs.state = pending, up
	theirs.last = w.now + w.transit()
	w.at(theirs.last, func() { d.established(mine) })
	target.up(theirs.id, 0, ep.addr)
}

// established is when the peer's answer arrives.
func (d *dialing) established(mine *half) {
	ep, w := d.ep, d.ep.w
	switch {
	case !ep.open:
	case !mine.peer.alive() || mine.state != pending || w.now >= d.end:
		mine.kill()
		d.failed()
	case !w.open(mine.peer.ep.host, ep.host):
		d.again(func() { d.established(mine) })
	default:
		mine.state = up
		ep.up(mine.id, d.token, d.to)
	}
}
