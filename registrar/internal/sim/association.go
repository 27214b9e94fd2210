package sim

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

type halfState uint8

const (
	pending halfState = iota // the peer has accepted, and we do not know yet
	up
	closing // nothing is sent any more, but what comes is taken
	down
)

// half is one side of an association.
type half struct {
	ep     *endpoint
	id     step.AssocID
	remote netip.AddrPort
	peer   *half
	state  halfState

	queue   []packet      // to the peer
	last    time.Duration // when the last of them arrives
	moving  bool          // an event for the first of them is due
	stalled bool          // the first of them waits for the network

	watched bool          // the peer is out of reach
	since   time.Duration // since then
	verdict time.Duration // how long that may last
}

// packet is a message, or the end of an association.
type packet struct {
	at   time.Duration
	data []byte
	fin  bool
}

func (h *half) alive() bool { return h.state != down }

// push sends a packet behind those that are under way.
func (h *half) push(p packet) {
	w := h.ep.w
	p.at = max(h.last, w.now+w.transit())
	h.last = p.at
	h.queue = append(h.queue, p)
	h.move()
}

// move has the first packet arrive at its time.
func (h *half) move() {
	if h.moving || h.stalled || len(h.queue) == 0 {
		return
	}
	h.moving = true
	h.ep.w.at(h.queue[0].at, h.arrive)
}

// arrive is when the first packet should arrive.
func (h *half) arrive() {
	w, peer := h.ep.w, h.peer
	h.moving = false
	if len(h.queue) == 0 {
		return
	}
	if !peer.ep.host.up || !w.open(h.ep.host, peer.ep.host) || peer.state == pending {
		h.stalled = true
		h.watch()
		if peer.state == pending {
			w.after(rto, h.resume)
		}
		return
	}
	if peer.state == down {
		h.queue = nil
		w.after(w.transit(), func() {
			if w.open(peer.ep.host, h.ep.host) {
				h.fail("refused")
			} else {
				h.watch()
			}
		})
		return
	}
	p := h.queue[0]
	h.queue[0] = packet{}
	h.queue = h.queue[1:]
	h.move()
	switch {
	case !p.fin:
		peer.ep.receive(peer.id, p.data)
	case peer.state == up:
		// What it has sent before comes first.
		peer.state = closing
		peer.push(packet{fin: true})
	default:
		h.finish()
		peer.finish()
	}
}

// finish ends one side in an orderly way.
func (h *half) finish() {
	if h.alive() {
		h.kill()
		h.tellDown(true)
	}
}

// resume goes on after the network is whole again.
func (h *half) resume() {
	if !h.stalled {
		return
	}
	w := h.ep.w
	h.stalled = false
	shift := w.now + w.between(0, maxRTO)
	for i := range h.queue {
		h.queue[i].at = max(h.queue[i].at, shift)
	}
	h.last = max(h.last, shift)
	h.move()
}

// kill ends one side. What is on the wire still arrives.
func (h *half) kill() {
	if !h.alive() {
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

// fail ends one side and tells its owner.
func (h *half) fail(reason string) {
	if !h.alive() {
		return
	}
	h.ep.w.log(h.ep.host.name, "association %d with %v: %s", h.id, h.remote, reason)
	wasUp := h.state != pending
	h.kill()
	if wasUp {
		h.tellDown(false)
	}
}

func (h *half) tellDown(orderly bool) {
	if !h.ep.open {
		return
	}
	cause := transport.CauseUnreachable
	if orderly {
		cause = transport.CauseShutdown
	}
	h.ep.handle(step.Down{Assoc: h.id, Err: &transport.DownError{Cause: cause}})
}

// watch gives the peer up if it stays out of reach.
func (h *half) watch() {
	if h.watched || !h.alive() {
		return
	}
	w, n := h.ep.w, &h.ep.w.config.Network
	h.watched, h.since = true, w.now
	h.verdict = w.between(n.Verdict*3/4, n.Verdict*5/4)
	w.after(w.between(0, n.Heartbeat), h.check)
}

// check is when a heartbeat is due to a peer that is out of reach.
func (h *half) check() {
	w, peer := h.ep.w, h.peer
	reachable := peer.ep.host.up && w.open(h.ep.host, peer.ep.host) && w.open(peer.ep.host, h.ep.host)
	switch {
	case !h.alive():
	case reachable && peer.alive():
		h.watched = false
	case reachable:
		h.fail("refused")
	case w.now-h.since >= h.verdict:
		h.fail("silent")
	default:
		w.after(w.config.Network.Heartbeat, h.check)
	}
}
