package asapside

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// audience is a registrar with an element in each of some pools, and with subscribers.
type audience struct {
	t         *testing.T
	registrar *Registrar
	now       time.Time
	element   netip.AddrPort
	port      uint16
	updates   map[step.AssocID][]time.Time // times of the updates
	refused   map[step.AssocID]int         // ends of subscriptions
	most      int                          // updates in a single step
}

// audienceElement is the association of the elements.
const audienceElement = 1 << 20

func newAudience(t *testing.T, config Config, pools int) *audience {
	config.ID, config.AnnounceCycle, config.KeepAliveInterval = 0xabc, -1, time.Hour
	r, _ := newRegistrarOf(config, handlespace.Config{})
	a := &audience{
		t: t, registrar: r, now: steptest.Begin, element: netip.MustParseAddrPort("10.0.0.1:2000"),
		updates: make(map[step.AssocID][]time.Time), refused: make(map[step.AssocID]int),
	}
	a.step(step.Up{Assoc: audienceElement, Peer: []netip.AddrPort{a.element}})
	for pool := range pools {
		a.change(pool)
	}
	return a
}

func poolOfNumber(n int) wire.PoolHandle { return wire.PoolHandle(fmt.Sprint("pool ", n)) }

// step feeds the registrar with an event, and notes the updates.
func (a *audience) step(ev step.Event) (actions []step.Action) {
	actions = a.registrar.Step(a.now, ev)
	updates := 0
	for _, action := range actions {
		send, ok := action.(step.Send)
		if !ok {
			continue
		}
		if send.Unasked {
			updates++
			a.updates[send.Assoc] = append(a.updates[send.Assoc], a.now)
		} else if m, ok := send.Message.(*asapmsg.HandleResolutionResponse); ok && len(m.Causes) > 0 {
			updates++
			a.refused[send.Assoc]++
		}
	}
	a.most = max(a.most, updates)
	if d := a.registrar.Deadline(); !d.IsZero() && !d.After(a.now) {
		a.t.Fatalf("deadline %v ago", a.now.Sub(d))
	}
	return actions
}

// change changes the element of a pool.
func (a *audience) change(pool int) {
	a.port++
	at := netip.AddrPortFrom(a.element.Addr(), a.port)
	a.step(received{Assoc: audienceElement, Message: registration(poolOfNumber(pool), 1, at)})
}

// subscribe subscribes to a pool, and reports whether the registrar has accepted.
func (a *audience) subscribe(assoc step.AssocID, pool int) bool {
	for _, action := range a.step(received{Assoc: assoc, Message: &asapmsg.HandleResolution{PoolHandle: poolOfNumber(pool), Subscribe: true}}) {
		if send, ok := action.(step.Send); ok && send.Assoc == assoc {
			b, err := send.Message.AppendBinary(nil)
			if err != nil {
				a.t.Fatal(err)
			}
			return b[1]&asapmsg.AcceptBit != 0
		}
	}
	a.t.Fatal("no answer")
	return false
}

// open opens an association from a host.
func (a *audience) open(assoc step.AssocID, host int) {
	addr := netip.AddrFrom4([4]byte{10, 2, byte(host >> 8), byte(host)})
	a.step(step.Up{Assoc: assoc, Peer: []netip.AddrPort{netip.AddrPortFrom(addr, uint16(assoc))}})
}

// pass lets time pass, with a Tick at each deadline.
func (a *audience) pass(d time.Duration) {
	end := a.now.Add(d)
	for {
		next := a.registrar.Deadline()
		if next.IsZero() || next.After(end) {
			break
		}
		a.now = next
		a.step(step.Tick{})
	}
	a.now = end
}

// Subscriptions are bounded for each association, for each host and in all. An association that
// ends makes room.
func TestSubscriptionLimits(t *testing.T) {
	t.Parallel()
	const pools = 8
	a := newAudience(t, Config{MaxSubscriptions: 20, MaxHostSubscriptions: 10, MaxClientSubscriptions: 4}, pools)
	accepted := func(assoc step.AssocID) (n int) {
		for pool := range pools {
			if a.subscribe(assoc, pool) {
				n++
			}
		}
		return n
	}
	var assoc step.AssocID
	for _, tc := range []struct{ host, want int }{{1, 4}, {1, 4}, {1, 2}, {1, 0}, {2, 4}, {3, 4}, {4, 2}, {5, 0}} {
		assoc++
		a.open(assoc, tc.host)
		if n := accepted(assoc); n != tc.want {
			t.Errorf("%d subscriptions of association %d of host %d, want %d", n, assoc, tc.host, tc.want)
		}
	}
	a.step(step.Down{Assoc: 1})
	if n := accepted(3); n != 4 {
		t.Errorf("%d subscriptions after the end of another association of the host, want 4", n)
	}
	for assoc := range step.AssocID(9) {
		a.step(step.Down{Assoc: assoc})
	}
	if s := &a.registrar.subscriptions; s.number+len(s.byHost)+len(s.byAssoc)+len(s.pools) != 0 {
		t.Errorf("left: %d subscriptions, %d hosts, %d associations, %d pools", s.number, len(s.byHost), len(s.byAssoc), len(s.pools))
	}
}

// A pool that changes 1,000 times a second makes five updates a second for a subscriber. The first
// change and the last are told.
func TestUpdatesCoalesce(t *testing.T) {
	t.Parallel()
	a := newAudience(t, Config{}, 1)
	a.open(1, 1)
	a.subscribe(1, 0)
	a.pass(time.Second)
	begin := a.now
	for range 10_000 {
		a.change(0)
		a.pass(time.Millisecond)
	}
	a.pass(time.Minute)
	times := a.updates[1]
	if len(times) < 50 || len(times) > 52 {
		t.Errorf("%d updates, want 51", len(times))
	}
	if first, last := times[0].Sub(begin), times[len(times)-1].Sub(begin); first != 0 || last < 10*time.Second-time.Millisecond {
		t.Errorf("first update after %v, last update after %v", first, last)
	}
}

// Whatever the number of subscribers, a step sends few updates, and updates take at most a fifth of
// the time. All subscribers are told, and a pool with a single subscriber does not wait for the
// subscribers of all others.
func TestUpdatesAreSpread(t *testing.T) {
	t.Parallel()
	const pools, users = 64, 250
	a := newAudience(t, Config{MaxHostSubscriptions: pools * users}, pools+1)
	for assoc := range step.AssocID(users) {
		a.open(1+assoc, 1)
		for pool := range pools {
			if !a.subscribe(1+assoc, pool) {
				t.Fatal("no room")
			}
		}
	}
	const good = 1 << 19
	a.open(good, 2)
	a.subscribe(good, pools)
	a.pass(time.Minute)
	a.most = 0
	begin := a.now
	for pool := range pools + 1 {
		a.change(pool)
	}
	a.pass(time.Minute)
	all := 0
	var last time.Time
	for assoc, times := range a.updates {
		all += len(times)
		end := times[len(times)-1]
		if end.After(last) {
			last = end
		}
		if assoc == good && end.Sub(begin) > 50*time.Millisecond {
			t.Errorf("the subscriber of another pool waits for %v", end.Sub(begin))
		}
	}
	if want := pools*users + 1; all != want {
		t.Errorf("%d updates, want %d", all, want)
	}
	if most := int(updateSlice/updateCost) + 1; a.most > most {
		t.Errorf("%d updates in a step, want at most %d", a.most, most)
	}
	if took, least := last.Sub(begin), time.Duration(all)*updateCost*updateShare-5*updateShare*updateSlice; took < least {
		t.Errorf("%d updates take %v, want %v at least", all, took, least)
	}
}

// A subscriber that leaves during a round does not keep others from their update.
func TestSubscribersLeaveDuringUpdates(t *testing.T) {
	t.Parallel()
	const users = 200
	for leaving := range users {
		a := newAudience(t, Config{}, 1)
		for assoc := range step.AssocID(users) {
			a.open(1+assoc, 1)
			a.subscribe(1+assoc, 0)
		}
		a.pass(time.Second)
		a.change(0)
		a.step(step.Down{Assoc: step.AssocID(1 + leaving)})
		a.step(step.Down{Assoc: step.AssocID(1 + (leaving+7)%users)})
		a.pass(time.Second)
		told := 0
		for _, times := range a.updates {
			if told++; len(times) != 1 {
				t.Errorf("%d updates for a subscriber", len(times))
			}
		}
		if told < users-2 {
			t.Errorf("%d subscribers are told when %d leaves", told, 1+leaving)
		}
	}
}

// The end of a pool with many subscribers is told in slices as well, and ends all subscriptions.
func TestEndOfPoolIsSpread(t *testing.T) {
	t.Parallel()
	const users = 1000
	a := newAudience(t, Config{}, 1)
	for assoc := range step.AssocID(users) {
		a.open(1+assoc, 1)
		a.subscribe(1+assoc, 0)
	}
	a.pass(time.Second)
	a.most = 0
	a.step(step.Down{Assoc: audienceElement})
	a.pass(time.Second)
	if most := int(updateSlice / updateCost); len(a.refused) != users || a.most > most {
		t.Errorf("the end is told to %d subscribers, and to %d in a step; want %d and %d", len(a.refused), a.most, users, most)
	}
	if s := &a.registrar.subscriptions; s.number+len(s.queue.due)+len(s.queue.resting) != 0 {
		t.Errorf("%d subscriptions are left, %d pools are due, %d rest", s.number, len(s.queue.due), len(s.queue.resting))
	}
}
