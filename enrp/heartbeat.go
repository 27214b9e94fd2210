package enrp

import "time"

// heartbeats announces our presence cycle by cycle (RFC 5353, 3.4.2).
type heartbeats struct {
	own       *registrar
	peers     *peers
	presences *presences
	contacts  *contacts
	lists     *lists

	next time.Time
}

// deadline returns when the next heartbeat is due.
func (h *heartbeats) deadline() time.Time { return h.next }

// expire sends a heartbeat if it is due. Nothing is announced before the endpoint has
// addresses, and while we leave.
func (h *heartbeats) expire(now time.Time) {
	if now.Before(h.next) {
		return
	}
	h.next = now.Add(h.own.vary(h.own.config.HeartbeatCycle))
	if len(h.own.addrs) > 0 && !h.own.isLeaving {
		h.send()
	}
}

// send sends a Presence to all peers. A new registrar requires replies, to find its mentor.
func (h *heartbeats) send() {
	h.presences.multicast(h.own.isStarting)
	var reachable []*peer
	for _, p := range h.peers.all {
		h.contacts.reach(p, !p.liveness.isActive())
		if p.isReachable() {
			reachable = append(reachable, p)
		}
	}
	// A random peer is asked for peers that we have lost, or never heard of. Without
	// multicast, there is no other way to find them.
	if len(reachable) > 0 {
		p := reachable[h.own.random.IntN(len(reachable))]
		h.lists.request(p, p.assoc)
	}
}
