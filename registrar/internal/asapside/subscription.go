package asapside

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// Limits of the cost of subscriptions.
const (
	// maxSubscriptions bounds the subscriptions of an association, and
	// maxAllSubscriptions all subscriptions. Further ones are not accepted, which the
	// protocol allows for (RFC 5352, 2.2.6).
	maxSubscriptions    = 64
	maxAllSubscriptions = 16384

	// updateInterval is the least time between two updates of a subscription, which
	// collect the changes meanwhile. Each update that is sent adds updateCost, so that
	// updates to many subscribers leave time for requests.
	updateInterval = 50 * time.Millisecond
	updateCost     = 50 * time.Microsecond
)

// subscriptions are the associations whose users want to know of changes of pools
// (RFC 5352, 2.2.5).
type subscriptions struct {
	*env
	resolver *resolver
	pools    map[wire.PoolHandle]*watchedPool
	byAssoc  map[step.AssocID][]*subscription
	changed  []*watchedPool // since the last updates, in order of their changes
	number   int
	next     time.Time // earliest time of the next updates, zero: no subscription so far
}

// watchedPool is a pool with subscribers.
type watchedPool struct {
	handle      wire.PoolHandle
	subscribers []*subscription
	changed     bool
}

// subscription is the interest of an association in a pool.
type subscription struct {
	assoc step.AssocID
	pool  *watchedPool
	items int // the number of elements of an update
	pos   int // in pool.subscribers
}

func newSubscriptions(v *env, s *resolver) subscriptions {
	return subscriptions{
		env:      v,
		resolver: s,
		pools:    make(map[wire.PoolHandle]*watchedPool),
		byAssoc:  make(map[step.AssocID][]*subscription),
	}
}

// add subscribes an association to a pool, or changes the number of elements of its
// subscription. It reports whether there is room.
func (s *subscriptions) add(now time.Time, assoc step.AssocID, pool wire.PoolHandle, items int) bool {
	w, own := s.pools[pool], s.byAssoc[assoc]
	for _, sub := range own {
		if sub.pool == w {
			sub.items = items
			return true
		}
	}
	if len(own) >= maxSubscriptions || s.number >= maxAllSubscriptions {
		return false
	}
	if w == nil {
		w = &watchedPool{handle: pool}
		s.pools[pool] = w
	}
	sub := &subscription{assoc: assoc, pool: w, items: items, pos: len(w.subscribers)}
	w.subscribers = append(w.subscribers, sub)
	s.byAssoc[assoc] = append(own, sub)
	if s.number++; s.next.IsZero() {
		s.next = now
	}
	return true
}

// removeAll ends the subscriptions of an association that is down.
func (s *subscriptions) removeAll(assoc step.AssocID) {
	for _, sub := range s.byAssoc[assoc] {
		s.detach(sub)
	}
	delete(s.byAssoc, assoc)
}

// detach takes a subscription from its pool.
func (s *subscriptions) detach(sub *subscription) {
	w := sub.pool
	last := w.subscribers[len(w.subscribers)-1]
	w.subscribers[sub.pos], last.pos = last, sub.pos
	w.subscribers[len(w.subscribers)-1] = nil
	w.subscribers = w.subscribers[:len(w.subscribers)-1]
	if s.number--; len(w.subscribers) == 0 {
		delete(s.pools, w.handle)
	}
}

// noteChange notes that a pool has changed.
func (s *subscriptions) noteChange(c handlespace.Change) {
	if c.Same || s.number == 0 {
		return
	}
	if w := s.pools[c.Element.PoolHandle()]; w != nil && !w.changed {
		w.changed = true
		s.changed = append(s.changed, w)
	}
}

// update sends the present state of the changed pools to their subscribers. A pool that is
// gone ends its subscriptions.
func (s *subscriptions) update(now time.Time) {
	if len(s.changed) == 0 || now.Before(s.next) {
		return
	}
	sent := 0
	for _, w := range s.changed {
		w.changed = false
		sent += len(w.subscribers)
		if s.hs.Pool(w.handle) == nil {
			s.refuseAll(w)
			continue
		}
		for _, sub := range w.subscribers {
			if m, ok := s.resolver.respond(w.handle, sub.items, asapmsg.AcceptBit); ok {
				s.do(step.Send{Assoc: sub.assoc, Message: m, Unasked: true})
			}
		}
	}
	clear(s.changed)
	s.changed = s.changed[:0]
	s.next = now.Add(max(updateInterval, time.Duration(sent)*updateCost))
}

// refuseAll ends the subscriptions of a pool that is gone.
func (s *subscriptions) refuseAll(w *watchedPool) {
	for len(w.subscribers) > 0 {
		sub := w.subscribers[0]
		s.byAssoc[sub.assoc] = slices.DeleteFunc(s.byAssoc[sub.assoc], func(other *subscription) bool { return other == sub })
		if len(s.byAssoc[sub.assoc]) == 0 {
			delete(s.byAssoc, sub.assoc)
		}
		s.detach(sub)
		s.resolver.refuse(sub.assoc, w.handle)
	}
}

// deadline returns the time of the next updates, zero without changes.
func (s *subscriptions) deadline() time.Time {
	if len(s.changed) == 0 {
		return time.Time{}
	}
	return s.next
}
