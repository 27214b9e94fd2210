package registrar_test

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Strangers may ask who the peers are, and nothing else: they neither change nor get the
// handlespace.
func TestStranger(t *testing.T) {
	t.Parallel()
	a := newAttacked(t, netip.AddrPort{})
	const stranger = 0xbad
	l := asENRP(t, a.server)
	for _, home := range []wire.ServerID{a.server.ID(), a.peer.ID(), stranger} {
		l.tellPeer(l.update(stranger, a.server, enrpmsg.DelPE, ourPool, firstOfOurs, home))
		l.tellPeer(l.update(stranger, a.server, enrpmsg.AddPE, ourPool, 77, home))
		l.tellPeer(l.update(stranger, a.server, enrpmsg.DelPE, theirPool, firstOfTheirs, home))
	}
	for _, target := range []wire.ServerID{a.server.ID(), a.peer.ID()} {
		l.tellPeer(&enrpmsg.InitTakeover{IDs: ids(stranger, a.server), TargetID: target})
		l.tellPeer(&enrpmsg.TakeoverServer{IDs: ids(stranger, a.server), TargetID: target})
	}
	l.tellPeer(&enrpmsg.HandleTableResponse{IDs: ids(stranger, a.server), Entries: []enrpmsg.PoolEntry{
		{PoolHandle: ourPool, PoolElements: []wire.PoolElement{l.update(stranger, a.server, 0, ourPool, 78, stranger).PoolElement}},
	}})
	l.tellPeer(&enrpmsg.HandleTableRequest{IDs: ids(stranger, a.server)})
	if r := nextOfPeer[*enrpmsg.HandleTableResponse](l); !r.Reject || len(r.Entries) > 0 {
		t.Errorf("a stranger gets the table: %+v", r)
	}
	l.tellPeer(&enrpmsg.ListRequest{IDs: ids(stranger, a.server)})
	if r := nextOfPeer[*enrpmsg.ListResponse](l); len(r.Servers) != 1 || r.Servers[0].ID != a.peer.ID() {
		t.Errorf("a stranger is told of %v", r.Servers)
	}
	if !a.isUnchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
	if n := stats(t, a.server).Peers; n != 1 {
		t.Errorf("%d peers", n)
	}
}

// A peer speaks for its own elements only.
func TestPeerSpeaksForItself(t *testing.T) {
	t.Parallel()
	a := newAttacked(t, netip.AddrPort{})
	const peer = 0xbad
	l := asENRP(t, a.server)
	l.introduce(peer, a.server)
	for _, home := range []wire.ServerID{a.server.ID(), a.peer.ID(), peer} {
		l.tellPeer(l.update(peer, a.server, enrpmsg.DelPE, ourPool, firstOfOurs, home))
		l.tellPeer(l.update(peer, a.server, enrpmsg.DelPE, theirPool, firstOfTheirs, home))
	}
	for _, home := range []wire.ServerID{a.server.ID(), a.peer.ID()} {
		l.tellPeer(l.update(peer, a.server, enrpmsg.AddPE, ourPool, 77, home))
	}
	// An association speaks for one registrar.
	l.tellPeer(l.update(a.peer.ID(), a.server, enrpmsg.DelPE, theirPool, firstOfTheirs, a.peer.ID()))
	l.awaitAnswer(peer, a.server)
	if !a.isUnchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
	// Its own come and go.
	l.tellPeer(l.update(peer, a.server, enrpmsg.AddPE, ourPool, 78, peer))
	l.awaitAnswer(peer, a.server)
	if home := a.holds(ourPool)[78]; home != peer {
		t.Errorf("the peer's element has the home %v", home)
	}
	l.tellPeer(l.update(peer, a.server, enrpmsg.DelPE, ourPool, 78, peer))
	l.awaitAnswer(peer, a.server)
	if !a.isUnchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
	// A claim to one of ours is checked with the element, which knows better.
	l.tellPeer(l.update(peer, a.server, enrpmsg.AddPE, ourPool, firstOfOurs, peer))
	l.awaitAnswer(peer, a.server)
	a.checkService()
	a.awaitUnchanged()
}

// Whoever has not registered an element, and is on another host, does not change it.
func TestElementsOfOthers(t *testing.T) {
	t.Parallel()
	a := newAttacked(t, netip.AddrPort{})
	l := asASAPFrom(t, elsewhere, a.server)
	for _, pool := range []wire.PoolHandle{ourPool, theirPool} {
		id := wire.PEID(firstOfOurs)
		if pool == theirPool {
			id = firstOfTheirs
		}
		registration := l.registration(pool, id)
		registration.PoolElement.UserTransport.Addrs = []netip.Addr{elsewhere}
		if r := ask[*asapmsg.RegistrationResponse](l, registration); !r.Reject || !hasCause(r.Causes, wire.CauseNonUniquePEID) {
			t.Errorf("registration in %v: %+v", pool, r)
		}
		if r := ask[*asapmsg.DeregistrationResponse](l, &asapmsg.Deregistration{PoolHandle: pool, PEID: id}); len(r.Causes) == 0 {
			t.Errorf("deregistration in %v: %+v", pool, r)
		}
		l.tell(&asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id})
	}
	l.resolve(ourPool)
	if !a.isUnchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
}

func hasCause(causes []wire.ErrorCause, code wire.CauseCode) bool {
	for _, c := range causes {
		if c.Code == code {
			return true
		}
	}
	return false
}
