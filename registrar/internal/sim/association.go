package sim

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

// halfState is the state of a half.
type halfState uint8

const (
	pending halfState = iota // the peer has accepted, but its answer is on its way
	up
	closing // the shutdown is on its way to the peer; messages of the peer still arrive
	down
)

// half is a side of an association, with the packets on their way to the peer.
type half struct {
	ep     *endpoint
	id     step.AssocID
	remote netip.AddrPort
	peer   *half
	state  halfState

	queue   []packet      // on their way to the peer, in order
	last    time.Duration // arrival of the last packet
	moving  bool          // arrive is due for the first packet
	stalled bool          // the first packet waits until the peer is in reach

	watched bool          // the peer is out of reach
	since   time.Duration // beginning of that time
	verdict time.Duration // length of that time that ends the association
}

// packet is a message, or a shutdown.
type packet struct {
	at   time.Duration // arrival
	data []byte
	fin  bool
}

// newHalf adds a side of an association.
func (ep *endpoint) newHalf(remote netip.AddrPort) *half {
	ep.nextID++
	h := &half{ep: ep, id: ep.nextID, remote: remote}
	ep.assocs[h.id], ep.byPeer[remote] = h, h
	ep.all = compact(append(ep.all, h))
	ep.w.halves = compact(append(ep.w.halves, h))
	return h
}

// compact drops halves that are down, each time the number of halves has doubled.
func compact(halves []*half) []*half {
	if len(halves) < 64 || len(halves)&(len(halves)-1) != 0 {
		return halves
	}
	var kept []*half
	for _, h := range halves {
		if h.isAlive() {
			kept = append(kept, h)
		}
	}
	return kept
}

// isAlive reports whether h is not down.
func (h *half) isAlive() bool { return h.state != down }

// push sends a packet, which arrives behind earlier packets.
func (h *half) push(p packet) {
	w := h.ep.w
	p.at = max(h.last, w.now+w.drawTransit())
	h.last = p.at
	h.queue = append(h.queue, p)
	h.move()
}

// move plans the arrival of the first packet.
func (h *half) move() {
	if h.moving || h.stalled || len(h.queue) == 0 {
		return
	}
	h.moving = true
	h.ep.w.at(h.queue[0].at, h.arrive)
}

// arrive delivers the first packet, if the peer is in reach.
func (h *half) arrive() {
	h.moving = false
	peer := h.peer
	switch {
	case len(h.queue) == 0:
	case !peer.ep.host.up || !h.ep.w.isOpen(h.ep.host, peer.ep.host) || peer.state == pending:
		h.stall()
	case peer.state == down:
		h.refuse()
	default:
		h.deliver()
	}
}

// stall keeps the packets until the network is whole, or until a pending peer is up.
func (h *half) stall() {
	h.stalled = true
	h.watch()
	if h.peer.state == pending {
		h.ep.w.after(rto, h.resume)
	}
}

// refuse ends h once the refusal of a peer that is down has arrived.
func (h *half) refuse() {
	w, peer := h.ep.w, h.peer
	h.queue = nil
	w.after(w.drawTransit(), func() {
		if w.isOpen(peer.ep.host, h.ep.host) {
			h.fail("refused")
		} else {
			h.watch()
		}
	})
}

// deliver hands the first packet to the peer.
func (h *half) deliver() {
	peer, p := h.peer, h.queue[0]
	h.queue[0] = packet{} // release the message
	h.queue = h.queue[1:]
	h.move()
	switch {
	case !p.fin:
		peer.ep.receive(peer.id, p.data)
	case peer.state == up:
		// The messages that the peer has sent before arrive first.
		peer.state = closing
		peer.push(packet{fin: true})
	default:
		h.finish()
		peer.finish()
	}
}

// resume moves the packets of a stalled half again.
func (h *half) resume() {
	if !h.stalled {
		return
	}
	w := h.ep.w
	h.stalled = false
	shift := w.now + w.draw(0, maxRTO)
	for i := range h.queue {
		h.queue[i].at = max(h.queue[i].at, shift)
	}
	h.last = max(h.last, shift)
	h.move()
}

// kill ends h without an event. Packets on the wire still arrive.
func (h *half) kill() {
	if !h.isAlive() {
		return
	}
	h.state = down
	ep := h.ep
	delete(ep.assocs, h.id)
	if ep.byPeer[h.remote] == h {
		delete(ep.byPeer, h.remote)
	}
	n := 0
	for n < len(h.queue) && h.queue[n].at <= ep.w.now+ep.w.config.Network.Delay && !h.stalled {
		n++
	}
	h.queue = h.queue[:n]
	if h.peer != nil {
		h.peer.watch()
	}
}

// finish ends h after a shutdown.
func (h *half) finish() {
	if h.isAlive() {
		h.kill()
		h.report(transport.CauseShutdown)
	}
}

// fail ends h after a failure.
func (h *half) fail(reason string) {
	if !h.isAlive() {
		return
	}
	h.ep.w.log(h.ep.host.name, "association %d with %v: %s", h.id, h.remote, reason)
	wasUp := h.state != pending
	h.kill()
	if wasUp {
		h.report(transport.CauseUnreachable)
	}
}

// report hands the end of the association to the owner.
func (h *half) report(cause transport.Cause) {
	if h.ep.open {
		h.ep.handle(step.Down{Assoc: h.id, Err: &transport.DownError{Cause: cause}})
	}
}

// watch begins to send heartbeats to a peer that is out of reach.
func (h *half) watch() {
	if h.watched || !h.isAlive() {
		return
	}
	w, n := h.ep.w, &h.ep.w.config.Network
	h.watched, h.since = true, w.now
	h.verdict = w.draw(n.Verdict*3/4, n.Verdict*5/4)
	w.after(w.draw(0, n.Heartbeat), h.sendHeartbeat)
}

// sendHeartbeat ends the watch of a peer that is in reach again, and h if the peer is out of
// reach for too long.
func (h *half) sendHeartbeat() {
	w, peer := h.ep.w, h.peer
	reachable := peer.ep.host.up && w.isOpen(h.ep.host, peer.ep.host) && w.isOpen(peer.ep.host, h.ep.host)
	switch {
	case !h.isAlive():
	case reachable && peer.isAlive():
		h.watched = false
	case reachable:
		h.fail("refused")
	case w.now-h.since >= h.verdict:
		h.fail("silent")
	default:
		w.after(w.config.Network.Heartbeat, h.sendHeartbeat)
	}
}
