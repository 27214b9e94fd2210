package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// TestHomeAnnouncedLate has a home that is known by its address, and tells its
// identifier later.
func TestHomeAnnouncedLate(t *testing.T) {
	t.Parallel()
	addrs := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:3863")}
	c := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{addrs}}, rand.New(rand.NewPCG(1, 2)))
	now := time.Unix(0, 0)
	actions := c.Step(now, Resolve{Token: 1, Pool: "p", Items: 1})
	if !c.Hunting() || len(actions) != 1 {
		t.Fatalf("hunting %v, actions %v", c.Hunting(), actions)
	}
	c.Step(now, step.Up{Assoc: 1, Dial: actions[0].(step.Dial).Dial, Peer: addrs})
	if id, has := c.Home(); id != 0 || !has || c.Hunting() {
		t.Errorf("home %v %v, hunting %v", id, has, c.Hunting())
	}
	c.Step(now, newAnnounce(5, addrs...))
	if id, has := c.Home(); id != 5 || !has {
		t.Errorf("home %v %v after the announce", id, has)
	}
	c.Step(now, step.Down{Assoc: 1})
	if id, has := c.Home(); id != 0 || has || !c.Hunting() {
		t.Errorf("home %v %v, hunting %v after the end", id, has, c.Hunting())
	}
}
