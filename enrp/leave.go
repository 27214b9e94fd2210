package enrp

import "time"

const (
	// leavePortion is the number of elements suggested at a time, so that the send
	// queue of the successor does not overflow.
	leavePortion = 256

	// leavePause is the time between two portions.
	leavePause = 10 * time.Millisecond
)

// leaving is the end of a registrar that has elements. It suggests them to a peer, its
// successor. The successor asks each element, and becomes the home of elements that answer.
// Our own handlespace does not matter any more. The peers take over the elements that are
// left when we are gone.
type leaving struct {
	own     *registrar
	peers   *peers
	updates *updates

	successor *peer
	elements  []elementKey // not suggested yet
	next      time.Time    // when the next portion is due
}

// begin chooses the reachable peer with the lowest identifier as successor.
func (l *leaving) begin(now time.Time) {
	l.own.isLeaving = true
	l.successor, l.elements, l.next = nil, nil, now
	for _, p := range l.peers.all {
		if p.isReachable() && (l.successor == nil || p.id < l.successor.id) {
			l.successor = p
		}
	}
	if l.successor == nil {
		return
	}
	for e := range l.own.hs.OwnedBy(l.own.id()) {
		l.elements = append(l.elements, elementKey{e.PoolHandle(), e.ID()})
	}
}

// deadline returns when the next portion is due, zero if no element is left.
func (l *leaving) deadline() time.Time {
	if len(l.elements) == 0 {
		return time.Time{}
	}
	return l.next
}

// expire suggests a portion of the elements, if it is due.
func (l *leaving) expire(now time.Time) {
	if len(l.elements) == 0 || now.Before(l.next) {
		return
	}
	if !l.successor.isConnected() {
		l.elements = nil
		return
	}
	n := min(leavePortion, len(l.elements))
	for _, key := range l.elements[:n] {
		if e := l.own.hs.Find(key.pool, key.id); e != nil && e.HomeID() == l.own.id() {
			l.updates.suggestTo(l.successor, e)
		}
	}
	l.elements, l.next = l.elements[n:], now.Add(leavePause)
}
