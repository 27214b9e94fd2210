package enrp

import (
	"time"

	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Elements are handed over in portions, so that the queue to the peer does not
// overflow.
const (
	leavePortion = 256
	leavePause   = 10 * time.Millisecond
)

// leaving is the end of a registrar that has elements.
type leaving struct {
	running bool
	heir    *peer        // who gets the elements
	rest    []elementKey // that have not been handed over
	next    time.Time    // when the next portion is due
}

// leave suggests to a peer to take over the elements that are ours: it asks them,
// and those that answer are its own from then on. What becomes of ours here is of no
// interest to anybody any more: peers take over what is left when we are gone.
func (m *Machine) leave(now time.Time) {
	m.leaving = leaving{running: true, next: now}
	l := &m.leaving
	for _, p := range m.peers {
		if p.state == peerAlive && p.assoc != 0 && (l.heir == nil || p.id < l.heir.id) {
			l.heir = p
		}
	}
	if l.heir == nil {
		return
	}
	for e := range m.hs.OwnedBy(m.config.ID) {
		l.rest = append(l.rest, elementKey{e.PoolHandle(), e.ID()})
	}
}

// handOver suggests the next elements, when they are due.
func (m *Machine) handOver(now time.Time) {
	l := &m.leaving
	if len(l.rest) == 0 || now.Before(l.next) {
		return
	}
	if l.heir.assoc == 0 {
		l.rest = nil // It has gone too. The others take over.
		return
	}
	n := min(leavePortion, len(l.rest))
	for _, key := range l.rest[:n] {
		if e := m.hs.Find(key.pool, key.id); e != nil && e.HomeID() == m.config.ID {
			m.send(l.heir.assoc, m.encodeUpdate(enrpmsg.AddPE, e, true))
		}
	}
	l.rest, l.next = l.rest[n:], now.Add(leavePause)
}
