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
