package enrp

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// started returns a machine that is ready, and what time it is then.
func started(config Config) (*Machine, time.Time) {
	config.ID = self
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	var m *Machine
	hs := handlespace.New(handlespace.Config{Rand: random, OnChange: func(c handlespace.Change) { m.Changed(c) }})
	m = New(config, hs, random, now)
	m.Step(now, LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
	now = now.Add(2 * time.Second)
	m.Step(now, Tick{})
	return m, now
}

// addrsOf returns n addresses, which are different for each registrar.
func addrsOf(id wire.ServerID, n int) []netip.Addr {
	addrs := make([]netip.Addr, n)
	for i := range addrs {
		addrs[i] = netip.AddrFrom16([16]byte{0xfd, 14: byte(i >> 8), 15: byte(i), 3: byte(id)})
	}
	return addrs
}

// introduce makes a peer of one that says that it has n addresses.
func introduce(m *Machine, now time.Time, assoc AssocID, id wire.ServerID, n int) []Action {
	addrs := addrsOf(id, n)
	m.Step(now, AssociationUp{Assoc: assoc, Peer: []netip.AddrPort{netip.AddrPortFrom(addrs[0], 9901)}})
	return m.Step(now, Received{Assoc: assoc, Message: &enrpmsg.Presence{
		IDs:    enrpmsg.IDs{Sender: id},
		Server: &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: addrs}},
	}})
}

// A list of peers can be sent, and has them all, whatever they say where they are: an
// answer that is too long would end the association with whoever asks.
func TestLongList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ peers, addrs int }{{2, 3000}, {maxPeers - 1, 3000}} {
		m, now := started(Config{})
		for i := range tc.peers {
			introduce(m, now, AssocID(i+1), wire.ServerID(0x100+i), tc.addrs)
		}
		introduce(m, now, 1000, 0x1000, 1)
		for _, a := range m.Step(now, Received{Assoc: 1000, Message: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 0x1000}}}) {
			list, ok := a.(Send).Message.(*enrpmsg.ListResponse)
			if !ok {
				t.Fatalf("%+v answers a list request", a)
			}
			b, err := list.AppendBinary(nil)
			if err != nil || len(list.Servers) != tc.peers {
				t.Errorf("%+v: %d peers are listed, %d octets: %v", tc, len(list.Servers), len(b), err)
			}
		}
	}
}
