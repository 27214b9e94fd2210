package asapside

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// TestAddrsOfThisHost shows that an element on the registrar's own host, which
// registers over loopback, is offered at the addresses by which others reach it.
func TestAddrsOfThisHost(t *testing.T) {
	const host, loopback, foreign = "192.0.2.1", "127.0.0.1", "198.51.100.7"
	for _, c := range []struct {
		name       string
		peer       string
		user       []string
		want, asap []string
	}{
		{"all addresses", loopback, []string{host, loopback}, []string{host}, []string{host, loopback}},
		{"loopback only", loopback, []string{loopback}, []string{loopback}, []string{host, loopback}},
		{"somebody else's besides", loopback, []string{foreign, host}, []string{host}, []string{host, loopback}},
		{"another host's", foreign, []string{host, foreign}, []string{foreign}, []string{foreign}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Unix(1000, 0)
			r, hs := newRegistrar(1)
			r.Step(now, step.LocalAddrs{Addrs: []netip.AddrPort{
				netip.MustParseAddrPort(host + ":3863"), netip.MustParseAddrPort(loopback + ":3863"),
			}})
			peer := netip.AddrPortFrom(netip.MustParseAddr(c.peer), 5000)
			r.Step(now, step.Up{Assoc: 7, Peer: []netip.AddrPort{peer}})
			r.Step(now, received{Assoc: 7, Message: &asapmsg.Registration{
				PoolHandle: "pool",
				PoolElement: wire.PoolElement{
					ID:            42,
					UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 6000, Addrs: addrsOf(c.user)},
					Policy:        wire.Policy{Type: wire.RoundRobin},
				},
			}})
			e := hs.Find("pool", 42)
			if e == nil {
				t.Fatal("not registered")
			}
			if got := e.DecodeUserTransport().Addrs; !slices.Equal(got, addrsOf(c.want)) {
				t.Errorf("user addresses %v, want %v", got, c.want)
			}
			if got := e.DecodeASAPTransport(); !slices.Equal(got.Addrs, addrsOf(c.asap)) || got.Port != 5000 {
				t.Errorf("ASAP transport %v, want %v", got, c.asap)
			}
		})
	}
}

func addrsOf(texts []string) []netip.Addr {
	var addrs []netip.Addr
	for _, s := range texts {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

// A host may have more addresses than a transport takes. Its elements are served all the
// same.
func TestHostOfManyAddrs(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	r, hs := newRegistrar(1)
	var peer []netip.AddrPort
	for i := range byte(100) {
		peer = append(peer, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, i + 1}), 5000))
	}
	r.Step(now, step.Up{Assoc: 7, Peer: peer})
	r.Step(now, received{Assoc: 7, Message: &asapmsg.Registration{PoolHandle: "p", PoolElement: wire.PoolElement{
		ID:            42,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 6000, Addrs: []netip.Addr{peer[99].Addr()}},
		Policy:        wire.Policy{Type: wire.RoundRobin},
	}}})
	e := hs.Find("p", 42)
	if e == nil {
		t.Fatal("not registered")
	}
	if got := e.DecodeASAPTransport().Addrs; !slices.Equal(got, hosts(peer[:handlespace.MaxAddrs])) {
		t.Errorf("ASAP addresses %v", got)
	}
}
