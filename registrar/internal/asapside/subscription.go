package asapside

import (
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// What subscriptions may cost.
const (
	// maxSubscriptions bounds the subscriptions of an association, and
	// maxAllSubscriptions those of all. Further ones are not accepted, which the
	// protocol allows for (RFC 5352, 2.2.6).
	maxSubscriptions    = 64
	maxAllSubscriptions = 16384

	// updateInterval is the least time between two updates of a subscription: what
	// changes meanwhile comes together. updateCost is what an update adds to it, so
	// that many subscribers hear less often, and requests go on being served.
	updateInterval = 50 * time.Millisecond
	updateCost     = 50 * time.Microsecond
)

// subscriptions are the users who want to know of changes of pools (RFC 5352,
// 2.2.5).
type subscriptions struct {
	pools   map[wire.PoolHandle]*watchedPool
	changed []*watchedPool // since the last updates, in order of their changes
	number  int
	next    time.Time // when the next updates may be sent, zero: nobody has ever subscribed
}

// watchedPool is a pool with subscribers.
type watchedPool struct {
	handle      wire.PoolHandle
	subscribers []*subscription
	changed     bool
}

// subscription is what an association wants to know of a pool.
type subscription struct {
	assoc step.AssocID
	pool  *watchedPool
	items int // how many elements
	pos   int // in pool.subscribers
}

func newSubscriptions() subscriptions {
	return subscriptions{pools: make(map[wire.PoolHandle]*watchedPool)}
}

// subscribe has an association told of changes of a pool from now on, and reports
// whether there was room for that.
func (r *Registrar) subscribe(now time.Time, assoc step.AssocID, pool wire.PoolHandle, items int) bool {
	all, p := &r.subscriptions, r.peers[assoc]
	w := all.pools[pool]
	for _, s := range p.subscriptions {
		if s.pool == w {
			s.items = items
			return true
		}
	}
	if len(p.subscriptions) >= maxSubscriptions || all.number >= maxAllSubscriptions {
		return false
	}
	if w == nil {
		w = &watchedPool{handle: pool}
		all.pools[pool] = w
	}
	s := &subscription{assoc: assoc, pool: w, items: items, pos: len(w.subscribers)}
	w.subscribers = append(w.subscribers, s)
	p.subscriptions = append(p.subscriptions, s)
	if all.number++; all.next.IsZero() {
		all.next = now
	}
	return true
}

// unsubscribeAll ends the subscriptions of an association that is down.
func (r *Registrar) unsubscribeAll(p *peer) {
	for _, s := range p.subscriptions {
		r.unsubscribe(s)
	}
	p.subscriptions = nil
}

// unsubscribe ends a subscription, but for the list of its association.
func (r *Registrar) unsubscribe(s *subscription) {
	w := s.pool
	last := w.subscribers[len(w.subscribers)-1]
	w.subscribers[s.pos], last.pos = last, s.pos
	w.subscribers[len(w.subscribers)-1] = nil
	w.subscribers = w.subscribers[:len(w.subscribers)-1]
	if r.subscriptions.number--; len(w.subscribers) == 0 {
		delete(r.subscriptions.pools, w.handle)
	}
}

// Changed tells the registrar of a change of the handlespace, as its OnChange does.
// The next Step sends what is to be sent to subscribers; Deadline tells when.
func (r *Registrar) Changed(c handlespace.Change) {
	if len(r.verifying) > 0 && (c.Kind == handlespace.Removed || c.Element.HomeID() != r.config.ID) {
		delete(r.verifying, keyOf(c.Element))
	}
	if c.Same || r.subscriptions.number == 0 {
		return
	}
	if w := r.subscriptions.pools[c.Element.PoolHandle()]; w != nil && !w.changed {
		w.changed = true
		r.subscriptions.changed = append(r.subscriptions.changed, w)
	}
}

// updateSubscribers sends what pools look like now that have changed. A pool that has
// vanished ends its subscriptions.
func (r *Registrar) updateSubscribers(now time.Time) {
	all := &r.subscriptions
	if len(all.changed) == 0 || now.Before(all.next) {
		return
	}
	sent := 0
	for _, w := range all.changed {
		w.changed = false
		gone := r.hs.Pool(w.handle) == nil
		sent += len(w.subscribers)
		for len(w.subscribers) > 0 && gone {
			r.endSubscription(w.subscribers[0])
		}
		for _, s := range w.subscribers {
			if m, ok := r.resolution(w.handle, s.items, asapmsg.AcceptBit); ok {
				r.do(step.Send{Assoc: s.assoc, Message: m, Unasked: true})
			}
		}
	}
	clear(all.changed)
	all.changed = all.changed[:0]
	all.next = now.Add(max(updateInterval, time.Duration(sent)*updateCost))
}

// endSubscription tells a subscriber that the pool is gone.
func (r *Registrar) endSubscription(s *subscription) {
	p := r.peers[s.assoc]
	p.subscriptions = slices.DeleteFunc(p.subscriptions, func(other *subscription) bool { return other == s })
	r.unsubscribe(s)
	r.refuseResolution(s.assoc, s.pool.handle)
}

// nextUpdate returns when updates are due, zero if there are none.
func (r *Registrar) nextUpdate() time.Time {
	if len(r.subscriptions.changed) == 0 {
		return time.Time{}
	}
	return r.subscriptions.next
}
