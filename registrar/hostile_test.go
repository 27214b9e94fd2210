package registrar_test

import (
	"flag"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

var mutantCount = flag.Int("mutants", 100_000, "how many damaged messages are sent")

// Damaged messages to the registrar's ASAP endpoint.
func TestASAPMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	a := newAttacked(t, netip.AddrPort{})
	m := &mutants{rand.New(rand.NewPCG(1, 1)), asapSamples(t, a.server.ID(), ourPool, firstOfOurs, elsewhere)}
	a.checkBounded(func() {
		a.attack(wire.PPIDASAP, a.server.LocalAddrs(), *mutantCount, func(netip.AddrPort) []byte { return m.next() })
	})
}

// Damaged messages to the registrar's ENRP endpoint, of a stranger: one that does not
// introduce itself changes nothing, not for a moment.
func TestENRPMutantsOfAStranger(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	a := newAttacked(t, netip.AddrPort{})
	m := &mutants{random: rand.New(rand.NewPCG(1, 2))}
	a.checkBounded(func() {
		a.attack(wire.PPIDENRP, a.server.ENRPAddrs(), *mutantCount/2, func(local netip.AddrPort) []byte {
			if m.samples == nil {
				m.samples = enrpSamples(t, 0xbad, local, a.server, a.peer.ID(), ourPool, firstOfOurs)
			}
			for {
				b := m.next()
				if !introduces(b) {
					return b
				}
			}
		})
		if !a.isUnchanged() {
			t.Errorf("a stranger has changed the handlespace: %v, %v", a.holds(ourPool), a.holds(theirPool))
		}
	})
}

// introduces reports whether a message makes its sender a peer.
func introduces(b []byte) bool {
	m, err := enrpmsg.Parse(b)
	p, ok := m.(*enrpmsg.Presence)
	return err == nil && ok && p.Server != nil && p.Server.ID == p.Sender
}

// Damaged messages of one that does: what it says of its own elements is believed, but
// the registrar's own stay, and all is well when it is gone.
func TestENRPMutantsOfAPeer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	a := newAttacked(t, netip.AddrPort{})
	m := &mutants{random: rand.New(rand.NewPCG(1, 3))}
	a.checkBounded(func() {
		a.attack(wire.PPIDENRP, a.server.ENRPAddrs(), *mutantCount/2, func(local netip.AddrPort) []byte {
			if m.samples == nil {
				m.samples = enrpSamples(t, 0xbad, local, a.server, a.peer.ID(), ourPool, firstOfOurs)
				return m.samples[0]
			}
			return m.next()
		})
	})
}

// Damaged Presences by multicast.
func TestMulticastMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	group := freeGroup(t)
	a := newAttacked(t, group)
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}}).Listen(t.Context(), transport.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	at := netip.AddrPortFrom(elsewhere, endpoint.LocalAddrs()[0].Port())
	m := &mutants{rand.New(rand.NewPCG(1, 4)), enrpSamples(t, 0xbad, at, a.server, a.peer.ID(), ourPool, firstOfOurs)}
	a.checkBounded(func() {
		for i := range *mutantCount / 4 {
			if err := endpoint.SendMulticast(group, m.next()); err != nil {
				t.Fatal(err)
			}
			if i%1000 == 0 {
				a.checkService()
			}
		}
		// And thousands of registrars that do not exist.
		for i := range 5000 {
			id := wire.ServerID(0x10000 + i)
			p := enrpmsg.Presence{
				IDs:    enrpmsg.IDs{Sender: id},
				Server: &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: uint16(1 + i), Addrs: []netip.Addr{elsewhere}}},
			}
			if err := endpoint.SendMulticast(group, encode(t, &p)); err != nil {
				t.Fatal(err)
			}
		}
		a.checkService()
		await(t, time.Minute, "registrars that do not exist are forgotten", func() bool { return stats(t, a.server).Peers == 1 })
	})
}

// freeGroup returns a group that no other test uses.
func freeGroup(t *testing.T) netip.AddrPort {
	t.Helper()
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 0, 0, 51}), transporttest.FreePort(t))
}
