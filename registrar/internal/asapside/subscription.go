package asapside

import (
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The cost of updates. An update is charged updateCost, and octetCost for each octet of it. A step
// sends updates until they have cost updateSlice. The next updates come after updateShare times
// the cost, so that updates to many subscribers leave time for requests.
const (
	updateCost  = 25 * time.Microsecond
	octetCost   = 10 * time.Nanosecond
	updateSlice = 500 * time.Microsecond
	updateShare = 5
)

// subscriptions are the associations whose users want to know of changes of pools (RFC 5352,
// 2.2.5). Their number is bounded for each association, for each host and in all.
type subscriptions struct {
	*env
	resolver *resolver
	pools    map[wire.PoolHandle]*watchedPool
	byAssoc  map[step.AssocID]*subscriber
	byHost   map[netip.Addr]int // number of subscriptions
	number   int
	queue    updateQueue
}

// subscriber is an association with subscriptions.
type subscriber struct {
	host netip.Addr // the host of the peer
	all  []*subscription
}

// subscription is the interest of an association in a pool.
type subscription struct {
	assoc step.AssocID
	pool  *watchedPool
	items int // the number of elements of an update
	pos   int // in pool.subscribers
}

func newSubscriptions(v *env, r *resolver) subscriptions {
	return subscriptions{
		env:      v,
		resolver: r,
		pools:    make(map[wire.PoolHandle]*watchedPool),
		byAssoc:  make(map[step.AssocID]*subscriber),
		byHost:   make(map[netip.Addr]int),
	}
}

// add subscribes an association to a pool, or changes the number of elements of its
// subscription. It reports whether there is room. Without room, the subscription is not
// accepted, which the protocol allows for (RFC 5352, 2.2.6).
func (s *subscriptions) add(assoc step.AssocID, host netip.Addr, pool wire.PoolHandle, items int) bool {
	w, own := s.pools[pool], s.byAssoc[assoc]
	if own != nil {
		host = own.host
		for _, sub := range own.all {
			if sub.pool == w {
				sub.items = items
				return true
			}
		}
	}
	if !s.hasRoom(own, host) {
		return false
	}
	if w == nil {
		w = &watchedPool{handle: pool}
		s.pools[pool] = w
	}
	if own == nil {
		own = &subscriber{host: host}
		s.byAssoc[assoc] = own
	}
	sub := &subscription{assoc: assoc, pool: w, items: items}
	w.attach(sub)
	own.all = append(own.all, sub)
	s.byHost[host]++
	s.number++
	return true
}

// hasRoom reports whether there may be another subscription of a host and, unless own is nil, of
// an association.
func (s *subscriptions) hasRoom(own *subscriber, host netip.Addr) bool {
	return s.number < s.config.MaxSubscriptions &&
		s.byHost[host] < s.config.MaxHostSubscriptions &&
		(own == nil || len(own.all) < s.config.MaxClientSubscriptions)
}

// removeAll ends the subscriptions of an association that is down.
func (s *subscriptions) removeAll(assoc step.AssocID) {
	if own := s.byAssoc[assoc]; own != nil {
		for _, sub := range own.all {
			s.detach(sub, own.host)
		}
		delete(s.byAssoc, assoc)
	}
}

// remove ends a subscription.
func (s *subscriptions) remove(sub *subscription) {
	own := s.byAssoc[sub.assoc]
	own.all = slices.DeleteFunc(own.all, func(other *subscription) bool { return other == sub })
	if len(own.all) == 0 {
		delete(s.byAssoc, sub.assoc)
	}
	s.detach(sub, own.host)
}

// detach takes a subscription from its pool, and from the count of its host.
func (s *subscriptions) detach(sub *subscription, host netip.Addr) {
	if sub.pool.detach(sub); len(sub.pool.subscribers) == 0 {
		delete(s.pools, sub.pool.handle)
	}
	s.number--
	if s.byHost[host]--; s.byHost[host] == 0 {
		delete(s.byHost, host)
	}
}

// noteChange notes that a pool has changed.
func (s *subscriptions) noteChange(c handlespace.Change) {
	if c.Same || s.number == 0 {
		return
	}
	if w := s.pools[c.Element.PoolHandle()]; w != nil {
		s.queue.noteChange(w)
	}
}

// update sends the updates that are due, as many as a step may send.
func (s *subscriptions) update(now time.Time) {
	s.queue.endRests(now)
	if now.Before(s.queue.next) {
		return
	}
	used := time.Duration(0)
	for used < updateSlice {
		sub := s.queue.take(now)
		if sub == nil {
			break
		}
		used += s.tell(sub)
	}
	s.queue.next = now.Add(updateShare * used)
}

// tell sends the present state of a pool to a subscriber, and returns the cost. A pool that is gone
// ends the subscription.
func (s *subscriptions) tell(sub *subscription) time.Duration {
	pool := sub.pool.handle
	m, ok := s.resolver.respond(pool, sub.items, asapmsg.AcceptBit)
	if !ok {
		s.remove(sub)
		s.resolver.refuse(sub.assoc, pool)
		return updateCost
	}
	s.do(step.Send{Assoc: sub.assoc, Message: m, Unasked: true})
	return updateCost + time.Duration(len(m))*octetCost
}

// deadline returns the time of the next updates, zero if there are none.
func (s *subscriptions) deadline() time.Time { return s.queue.deadline() }
