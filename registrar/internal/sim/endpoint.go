package sim

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
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
	// handle takes the events of the endpoint.
	handle func(step.Event)
	// decode returns the event for a message, nil if it is to be left out.
	decode func(assoc step.AssocID, data []byte) step.Event
}

// endpoint is where associations begin and end.
type endpoint struct {
	owner
	w      *World
	host   *host
	addr   netip.AddrPort
	open   bool
	assocs map[step.AssocID]*half
	byPeer map[netip.AddrPort]*half
	all    []*half // in order; those that are down go now and then
	nextID step.AssocID
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
		assocs: make(map[step.AssocID]*half),
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

// do carries out an action, as the hub of a real endpoint. It returns false for actions that
// are not about associations.
func (ep *endpoint) do(action step.Action) bool {
	switch a := action.(type) {
	case step.Send:
		ep.send(a.Assoc, a.Message)
	case step.Dial:
		ep.dial(a.Dial, a.Addrs[0])
	case step.End:
		ep.end(a.Assoc)
	case step.Abort:
		ep.w.log(ep.host.name, "aborts association %d at port %d: %s", a.Assoc, ep.addr.Port(), a.Reason)
		ep.abort(a.Assoc)
	default:
		return false
	}
	return true
}

// send sends a message. If the queue is full, the association is aborted.
func (ep *endpoint) send(assoc step.AssocID, m step.Message) {
	h := ep.assocs[assoc]
	if h == nil || h.state != up {
		return
	}
	if len(h.queue) >= ep.limit {
		ep.w.log(ep.host.name, "queue of association %d at port %d is full", assoc, ep.addr.Port())
		ep.abort(assoc)
		return
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		ep.w.violate("%s: a message cannot be encoded: %v", ep.host.name, err)
		return
	}
	ep.sent.add(len(data))
	h.push(packet{data: data})
}

// receive hands a message to the owner.
func (ep *endpoint) receive(assoc step.AssocID, data []byte) {
	if ev := ep.decode(assoc, data); ev != nil {
		ep.handle(ev)
	}
}

// decoder returns the decoder of an endpoint for messages of a protocol. All nodes are
// correct, so a message that cannot be decoded is a violation.
func decoder[M slog.LogValuer](host *host, rtt time.Duration, parse func([]byte) (M, error)) func(step.AssocID, []byte) step.Event {
	return func(assoc step.AssocID, data []byte) step.Event {
		m, err := parse(data)
		if err != nil {
			host.w.violate("%s cannot decode %x: %v", host.name, data, err)
			return nil
		}
		host.w.logMessage(host, assoc, m)
		return step.Received[M]{Assoc: assoc, Message: m, RTT: rtt}
	}
}

// abort ends an association at once.
func (ep *endpoint) abort(assoc step.AssocID) {
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
func (ep *endpoint) end(assoc step.AssocID) {
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
	token step.DialID
	to    netip.AddrPort
	end   time.Duration
}

// dial opens an association.
func (ep *endpoint) dial(token step.DialID, to netip.AddrPort) {
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
		d.ep.handle(step.DialFailed{Dial: d.token})
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
		ep.handle(step.Up{Assoc: mine.id, Dial: d.token, Peer: []netip.AddrPort{d.to}})
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
	target.handle(step.Up{Assoc: theirs.id, Peer: []netip.AddrPort{ep.addr}})
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
		ep.handle(step.Up{Assoc: mine.id, Dial: d.token, Peer: []netip.AddrPort{d.to}})
	}
}
