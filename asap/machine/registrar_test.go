package machine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// announcedAt is a registrar that announced itself an age ago.
func announcedAt(id wire.ServerID, age time.Duration, addrs ...string) *registrar {
	return &registrar{
		id: id, addrs: addrPortsOf(addrs...),
		heard: steptest.Begin.Add(-age), expires: steptest.Begin.Add(5*time.Second - age),
	}
}

// TestFindRegistrar shows that a registrar is known by its identifier, and a configured
// registrar by its addresses too.
func TestFindRegistrar(t *testing.T) {
	t.Parallel()
	configured := &registrar{addrs: addrPortsOf("192.0.2.1:3863", "192.0.2.2:3863")}
	heard := announcedAt(7, 0, "192.0.2.7:3863")
	list := registrars{configured, heard}
	for name, c := range map[string]struct {
		id   wire.ServerID
		addr string
		want *registrar
	}{
		"identifier":                {7, "192.0.2.8:3863", heard},
		"address of configured":     {1, "192.0.2.2:3863", configured},
		"another port":              {1, "192.0.2.2:3864", nil},
		"address of announced":      {8, "192.0.2.7:3863", nil},
		"address before identifier": {7, "192.0.2.1:3863", configured},
		"unknown":                   {8, "192.0.2.8:3863", nil},
	} {
		if got := list.find(c.id, addrPortsOf(c.addr)); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestEvictRegistrar shows which registrar makes room for another.
func TestEvictRegistrar(t *testing.T) {
	t.Parallel()
	configured := &registrar{addrs: addrPortsOf("192.0.2.1:3863")}
	oldest, newer := announcedAt(1, 4*time.Second), announcedAt(2, time.Second)
	dialled, proven := announcedAt(3, 4900*time.Millisecond), announcedAt(4, 4900*time.Millisecond)
	dialled.dial, proven.proven = 1, true
	list := registrars{proven, configured, newer, dialled, oldest}
	for _, want := range []*registrar{oldest, newer, proven} {
		before := len(list)
		if !list.evict() || len(list) != before-1 {
			t.Fatalf("%d of %d registrars are left", len(list), before)
		}
		if list.find(want.id, nil) != nil {
			t.Errorf("registrar %v is kept", want.id)
		}
	}
	if list.evict() || len(list) != 2 {
		t.Errorf("%d registrars are left, want the configured and the dialled", len(list))
	}
}

// TestFullOfRegistrars shows that a registrar is not added if none of many can be forgotten.
func TestFullOfRegistrars(t *testing.T) {
	t.Parallel()
	var list registrars
	for id := range wire.ServerID(maxRegistrars) {
		if !list.add(announcedAt(id+1, 0)) {
			t.Fatalf("no room for registrar %d", id+1)
		}
	}
	if !list.add(announcedAt(1000, 0)) || len(list) != maxRegistrars {
		t.Fatalf("%d registrars", len(list))
	}
	for i, r := range list {
		r.dial = step.DialID(i + 1)
	}
	if list.add(announcedAt(1001, 0)) || len(list) != maxRegistrars {
		t.Errorf("%d registrars, all are dialled", len(list))
	}
	var config ClientConfig
	for i := range maxRegistrars {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 3863)
		config.Registrars = append(config.Registrars, []netip.AddrPort{at})
	}
	c := NewClient(config, seeded())
	c.Step(steptest.Begin, newAnnounce(9, netip.MustParseAddrPort("192.0.3.1:3863")))
	if n := len(c.hunt.registrars); n != maxRegistrars {
		t.Errorf("%d registrars, %d are configured", n, maxRegistrars)
	}
}

// TestPurgeRegistrars shows which registrars are forgotten after a silence.
func TestPurgeRegistrars(t *testing.T) {
	t.Parallel()
	dialled := announcedAt(3, 5*time.Second)
	dialled.dial = 1
	list := registrars{
		{id: 1}, announcedAt(2, 5*time.Second), dialled, announcedAt(4, 5*time.Second-1), announcedAt(5, time.Hour),
	}
	list.purge(steptest.Begin)
	if len(list) != 3 || list[0].id != 1 || list[1].id != 3 || list[2].id != 4 {
		t.Errorf("%d registrars are left", len(list))
	}
}

// TestInvalidAnnounce shows that an announce without identifier or source is ignored.
func TestInvalidAnnounce(t *testing.T) {
	t.Parallel()
	c := NewClient(ClientConfig{}, seeded())
	c.Step(steptest.Begin, newAnnounce(0, netip.MustParseAddrPort("192.0.2.1:3863")))
	c.Step(steptest.Begin, newAnnounce(1))
	c.Step(steptest.Begin, Heard{Source: netip.MustParseAddrPort("192.0.2.1:3863")})
	if n := len(c.hunt.registrars); n != 0 {
		t.Errorf("%d registrars are known", n)
	}
}
