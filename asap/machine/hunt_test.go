package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestHuntInCircles has registrars that end each association at once. However many registrars
// there are, none is tried more often than a single registrar would be.
func TestHuntInCircles(t *testing.T) {
	t.Parallel()
	for number := 1; number <= 3; number++ {
		var config ClientConfig
		for i := range number {
			addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 3863)
			config.Registrars = append(config.Registrars, []netip.AddrPort{addr})
		}
		c := NewClient(config, rand.New(rand.NewPCG(1, 2)))
		now, dials := steptest.Begin, 0
		next := []step.Event{Resolve{Token: 1, Pool: "p"}}
		for now.Before(steptest.Begin.Add(10 * time.Second)) {
			if len(next) == 0 {
				d := c.Deadline()
				if d.IsZero() {
					t.Fatalf("%d registrars: the hunt has ended", number)
				}
				now, next = later(now, d), []step.Event{step.Tick{}}
			}
			actions := c.Step(now, next[0])
			next = next[1:]
			for _, a := range actions {
				if dial, ok := a.(step.Dial); ok {
					dials++
					assoc := step.AssocID(dials)
					next = append(next, step.Up{Assoc: assoc, Dial: dial.Dial, Peer: dial.Addrs}, step.Down{Assoc: assoc})
				}
			}
			now = now.Add(time.Millisecond)
		}
		if dials < 10*number || dials > 80*number {
			t.Errorf("%d registrars: %d dials in 10 s", number, dials)
		}
	}
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// TestFormerHomeLongGone has the home registrar end, and be away for long. A second registrar
// comes and ends in turn. The first is tried at once, since its loss was long ago.
func TestFormerHomeLongGone(t *testing.T) {
	t.Parallel()
	first, second := netip.MustParseAddrPort("192.0.2.1:3863"), netip.MustParseAddrPort("192.0.2.2:3863")
	c := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{{first}, {second}}}, rand.New(rand.NewPCG(1, 2)))
	now, assoc := steptest.Begin, step.AssocID(0)
	// feed carries out the actions: dials to a single registrar succeed, others fail.
	var dialled []netip.AddrPort
	var feed func(ev step.Event, up netip.AddrPort)
	feed = func(ev step.Event, up netip.AddrPort) {
		for _, a := range c.Step(now, ev) {
			dial, ok := a.(step.Dial)
			if !ok {
				continue
			}
			dialled = append(dialled, dial.Addrs[0])
			if dial.Addrs[0] == up {
				assoc++
				feed(step.Up{Assoc: assoc, Dial: dial.Dial, Peer: dial.Addrs}, up)
			} else {
				feed(step.DialFailed{Dial: dial.Dial}, up)
			}
		}
	}
	await := func(until func() bool, up netip.AddrPort) {
		for !until() {
			d := c.Deadline()
			if d.IsZero() {
				t.Fatal("the hunt has ended")
			}
			now = later(now, d)
			feed(step.Tick{}, up)
		}
	}
	home := func(want step.AssocID) func() bool { return func() bool { return c.home.assoc == want } }
	feed(Register{Ref: 1, Pool: "p", Interval: time.Hour}, first)
	await(home(1), first)
	now = now.Add(time.Minute)
	feed(step.Down{Assoc: 1}, netip.AddrPort{})
	gone := now
	await(func() bool { return now.Sub(gone) > time.Minute }, netip.AddrPort{})
	await(home(2), second)
	dialled = nil
	feed(step.Down{Assoc: 2}, first)
	if len(dialled) != 1 || dialled[0] != first {
		t.Errorf("at once, %v are tried", dialled)
	}
}

// TestHuntInAFlood has invented registrars announce themselves, 200 in each second, that do
// not answer. The home is lost, and comes back a second later. The client finds a configured
// home soon, and also a home that has only announced itself.
func TestHuntInAFlood(t *testing.T) {
	t.Parallel()
	addrs := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:3863")}
	for name, config := range map[string]ClientConfig{
		"configured": {Registrars: [][]netip.AddrPort{addrs}},
		"announced":  {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(10) {
				f := &flood{client: NewClient(config, rand.New(rand.NewPCG(seed, 2))), addrs: addrs, now: steptest.Begin, alive: true}
				f.step(newAnnounce(1, addrs...))
				f.step(Register{Ref: 1, Pool: "p", Interval: time.Hour, Element: wire.PoolElement{ID: 7}})
				f.pass(10*time.Second, func() bool { return false })
				if _, home := f.client.Home(); !home || f.assoc != 1 {
					t.Fatalf("seed %d: home %v, association %d before the loss", seed, home, f.assoc)
				}
				f.alive = false
				f.step(step.Down{Assoc: f.assoc})
				f.pass(time.Second, func() bool { return false })
				f.alive = true
				back := f.now
				f.pass(time.Minute, func() bool { return f.assoc == 2 })
				if f.now.Sub(back) > 2*time.Second {
					t.Errorf("seed %d: sought for %v", seed, f.now.Sub(back))
				}
			}
		})
	}
}

// flood is a client with a single registrar, among many invented registrars.
type flood struct {
	client   *Client
	addrs    []netip.AddrPort // of the registrar
	now      time.Time
	alive    bool          // the registrar is there
	assoc    step.AssocID  // the last with the registrar
	invented wire.ServerID // the last
	silent   []step.Event  // the ends of attempts to reach invented registrars, in order
	ends     []time.Time   // when they come
}

// step feeds an event and carries out the actions.
func (f *flood) step(ev step.Event) {
	for _, a := range f.client.Step(f.now, ev) {
		switch a := a.(type) {
		case step.Dial:
			switch {
			case a.Addrs[0] != f.addrs[0]:
				f.silent, f.ends = append(f.silent, step.DialFailed{Dial: a.Dial}), append(f.ends, f.now.Add(5*time.Second))
			case f.alive:
				f.assoc++
				f.step(step.Up{Assoc: f.assoc, Dial: a.Dial, Peer: a.Addrs})
			default:
				f.step(step.DialFailed{Dial: a.Dial})
			}
		case step.Send:
			if m, ok := a.Message.(*asapmsg.Registration); ok {
				f.step(Received{Assoc: a.Assoc, Message: &asapmsg.RegistrationResponse{PoolHandle: m.PoolHandle, PEID: m.PoolElement.ID}})
			}
		}
	}
}

// pass lets time pass until something happens.
func (f *flood) pass(d time.Duration, until func() bool) {
	for end := f.now.Add(d); f.now.Before(end) && !until(); f.now = f.now.Add(5 * time.Millisecond) {
		if f.alive && f.now.Sub(steptest.Begin)%time.Second == 0 {
			f.step(newAnnounce(1, f.addrs...))
		}
		f.invented++
		from := netip.AddrFrom4([4]byte{198, 18, byte(f.invented >> 8), byte(f.invented)})
		f.step(newAnnounce(1000+f.invented, netip.AddrPortFrom(from, 3863)))
		for len(f.ends) > 0 && !f.now.Before(f.ends[0]) {
			ev := f.silent[0]
			f.silent, f.ends = f.silent[1:], f.ends[1:]
			f.step(ev)
		}
		if due := f.client.Deadline(); !due.IsZero() && !f.now.Before(due) {
			f.step(step.Tick{})
		}
	}
}

// TestAnnouncedAddrs has a registrar announce more addresses than anybody has.
func TestAnnouncedAddrs(t *testing.T) {
	t.Parallel()
	addrs := make([]netip.AddrPort, 8000)
	for i := range addrs {
		addrs[i] = netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 3863)
	}
	c := NewClient(ClientConfig{}, rand.New(rand.NewPCG(1, 2)))
	c.Step(steptest.Begin, newAnnounce(1, addrs...))
	actions := c.Step(steptest.Begin, Resolve{Token: 1, Pool: "p"})
	if dial, ok := actions[0].(step.Dial); !ok || len(dial.Addrs) != 64 || cap(c.hunt.registrars[0].addrs) > 128 {
		t.Errorf("%d addresses are tried, there is memory for %d", len(dial.Addrs), cap(c.hunt.registrars[0].addrs))
	}
}
