package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
)

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
	own       *registrar
	transfers *transfers
	peers     *peers
	updates   *updates

	successor *peer // nil: none, or no element is left
	cursor    handlespace.Cursor
	next      time.Time // when the next portion is due
}

// begin chooses the reachable peer with the lowest identifier as successor.
func (l *leaving) begin(now time.Time) {
	l.own.isLeaving = true
	l.successor, l.cursor, l.next = nil, handlespace.TableOf(l.own.id()), now
	for _, p := range l.peers.all {
		if p.isReachable() && (l.successor == nil || p.id < l.successor.id) {
			l.successor = p
		}
	}
}

// deadline returns when the next portion is due, zero if no element is left.
func (l *leaving) deadline() time.Time {
	if l.successor == nil {
		return time.Time{}
	}
	return l.next
}

// expire suggests a portion of the elements, if it is due.
func (l *leaving) expire(now time.Time) {
	if l.successor == nil || now.Before(l.next) {
		return
	}
	if !l.successor.isConnected() {
		l.successor = nil
		return
	}
	elements, cursor, more := l.own.hs.Extract(l.cursor, leavePortion, nil)
	for _, e := range elements {
		l.updates.suggestTo(l.successor, e)
	}
	l.cursor, l.next = cursor, now.Add(leavePause)
	if !more && !l.transfers.isReceiver(l.own.id()) {
		l.successor = nil
	}
}
