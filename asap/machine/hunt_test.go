package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// TestHuntInCircles has registrars that end each association as soon as it is up. However
// many there are, none is tried more often than one alone would be.
func TestHuntInCircles(t *testing.T) {
	t.Parallel()
	for number := 1; number <= 3; number++ {
		var config ClientConfig
		for i := range number {
			addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 3863)
			config.Registrars = append(config.Registrars, []netip.AddrPort{addr})
		}
		c := NewClient(config, rand.New(rand.NewPCG(1, 2)))
		now, dials := epoch, 0
		next := []Event{Resolve{Token: 1, Pool: "p"}}
		for now.Before(epoch.Add(10 * time.Second)) {
			if len(next) == 0 {
				d := c.Deadline()
				if d.IsZero() {
					t.Fatalf("%d registrars: the hunt has ended", number)
				}
				now, next = later(now, d), []Event{Tick{}}
			}
			actions := c.Step(now, next[0])
			next = next[1:]
			for _, a := range actions {
				if dial, ok := a.(Dial); ok {
					dials++
					assoc := AssocID(dials)
					next = append(next, AssociationUp{Assoc: assoc, Dial: dial.Dial, Peer: dial.Addrs}, AssociationDown{Assoc: assoc})
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

// TestFormerHomeLongGone has the home registrar end, and be away for long. When another one
// that has come then ends in turn, the first is tried at once: it is not one that was lost
// just now.
func TestFormerHomeLongGone(t *testing.T) {
	t.Parallel()
	first, second := netip.MustParseAddrPort("192.0.2.1:3863"), netip.MustParseAddrPort("192.0.2.2:3863")
	c := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{{first}, {second}}}, rand.New(rand.NewPCG(1, 2)))
	now, assoc := epoch, AssocID(0)
	// step does what is asked for: dials to one registrar succeed, others fail.
	var dialled []netip.AddrPort
	var step func(ev Event, up netip.AddrPort)
	step = func(ev Event, up netip.AddrPort) {
		for _, a := range c.Step(now, ev) {
			dial, ok := a.(Dial)
			if !ok {
				continue
			}
			dialled = append(dialled, dial.Addrs[0])
			if dial.Addrs[0] == up {
				assoc++
				step(AssociationUp{Assoc: assoc, Dial: dial.Dial, Peer: dial.Addrs}, up)
			} else {
				step(DialFailed{Dial: dial.Dial}, up)
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
			step(Tick{}, up)
		}
	}
	home := func(want AssocID) func() bool { return func() bool { return c.home.assoc == want } }
	step(Register{Ref: 1, Pool: "p", Interval: time.Hour}, first)
	await(home(1), first)
	now = now.Add(time.Minute)
	step(AssociationDown{Assoc: 1}, netip.AddrPort{})
	gone := now
	await(func() bool { return now.Sub(gone) > time.Minute }, netip.AddrPort{})
	await(home(2), second)
	dialled = nil
	step(AssociationDown{Assoc: 2}, first)
	if len(dialled) != 1 || dialled[0] != first {
		t.Errorf("at once, %v are tried", dialled)
	}
}
