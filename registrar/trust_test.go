package registrar_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// tellPeer sends an ENRP message.
func (l *link) tellPeer(m enrpmsg.Message) {
	l.t.Helper()
	if err := l.send(encode(l.t, m)); err != nil {
		l.t.Fatal(err)
	}
}

// nextOfPeer returns the next ENRP message of the kind R.
func nextOfPeer[R enrpmsg.Message](l *link) R {
	l.t.Helper()
	for {
		data, err := l.receive()
		if err != nil {
			l.t.Fatal(err)
		}
		answer, err := enrpmsg.Parse(data)
		if err != nil {
			l.t.Fatal(err)
		}
		if r, ok := answer.(R); ok {
			return r
		}
	}
}

// introduce makes the link one with a peer of the server.
func (l *link) introduce(as wire.ServerID, to *registrar.Server) {
	l.t.Helper()
	l.tellPeer(&enrpmsg.Presence{IDs: ids(as, to), ReplyRequired: true, NoChecksum: true, Server: l.information(as)})
	nextOfPeer[*enrpmsg.Presence](l)
}

func (l *link) information(id wire.ServerID) *wire.ServerInformation {
	return &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: l.local.Port(), Addrs: []netip.Addr{l.local.Addr()}}}
}

// update returns a Handle Update about an element.
func (l *link) update(from wire.ServerID, to *registrar.Server, action enrpmsg.UpdateAction, pool wire.PoolHandle, id wire.PEID, home wire.ServerID) *enrpmsg.HandleUpdate {
	pe := l.element(id, home)
	pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 9, Addrs: []netip.Addr{elsewhere}}
	return &enrpmsg.HandleUpdate{IDs: ids(from, to), Action: action, PoolHandle: pool, PoolElement: pe}
}

// answered waits until the server has dealt with all that was sent before.
func (l *link) answered(from wire.ServerID, server *registrar.Server) {
	l.t.Helper()
	l.tellPeer(&enrpmsg.ListRequest{IDs: ids(from, server)})
	nextOfPeer[*enrpmsg.ListResponse](l)
}

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
	if !a.unchanged() {
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
	l.answered(peer, a.server)
	if !a.unchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
	// Its own come and go.
	l.tellPeer(l.update(peer, a.server, enrpmsg.AddPE, ourPool, 78, peer))
	l.answered(peer, a.server)
	if home := a.holds(ourPool)[78]; home != peer {
		t.Errorf("the peer's element has the home %v", home)
	}
	l.tellPeer(l.update(peer, a.server, enrpmsg.DelPE, ourPool, 78, peer))
	l.answered(peer, a.server)
	if !a.unchanged() {
		t.Errorf("changed: %v, %v", a.holds(ourPool), a.holds(theirPool))
	}
	// A claim to one of ours is checked with the element, which knows better.
	l.tellPeer(l.update(peer, a.server, enrpmsg.AddPE, ourPool, firstOfOurs, peer))
	l.answered(peer, a.server)
	a.serves()
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
	if !a.unchanged() {
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

func asASAPFrom(t *testing.T, from netip.Addr, server *registrar.Server) *link {
	t.Helper()
	return dialFrom(t, from, wire.PPIDASAP, server.LocalAddrs())
}

// RSPLIB's registrar aborts at a pool handle of more than 32 octets in any message. Such a
// message is refused, and nothing is registered.
func TestLongPoolHandle(t *testing.T) {
	t.Parallel()
	a := newAttacked(t, netip.AddrPort{})
	element, peer := asASAPFrom(t, elsewhere, a.server), asENRP(t, a.server)
	peer.introduce(0xbad, a.server)
	for _, n := range []int{33, 36, 64, 255, 16 << 10, 30_000, 65_200} {
		long := strings.Repeat("x", n)
		registration := element.registration("short", 1)
		registration.PoolElement.UserTransport.Addrs = []netip.Addr{elsewhere}
		for _, m := range []encoder{
			registration,
			&asapmsg.Deregistration{PoolHandle: "short", PEID: 1},
			&asapmsg.HandleResolution{PoolHandle: "short", Subscribe: true},
			&asapmsg.EndpointKeepAliveAck{PoolHandle: "short", PEID: 1},
			&asapmsg.EndpointUnreachable{PoolHandle: "short", PEID: 1},
		} {
			if err := element.send(lengthened(t, encode(t, m), wire.MessageHeaderLen, long)); err != nil {
				t.Fatal(err)
			}
		}
		update := encode(t, peer.update(0xbad, a.server, enrpmsg.AddPE, "short", 1, 0xbad))
		if err := peer.send(lengthened(t, update, wire.MessageHeaderLen+12, long)); err != nil {
			t.Fatal(err)
		}
		table := encode(t, &enrpmsg.HandleTableResponse{IDs: ids(0xbad, a.server), Entries: []enrpmsg.PoolEntry{{
			PoolHandle:   "short",
			PoolElements: []wire.PoolElement{peer.update(0xbad, a.server, 0, "short", 2, 0xbad).PoolElement},
		}}})
		if err := peer.send(lengthened(t, table, wire.MessageHeaderLen+8, long)); err != nil {
			t.Fatal(err)
		}
		awaitPool(element, ourPool)
		peer.answered(0xbad, a.server)
	}
	a.serves()
	if !a.unchanged() {
		t.Errorf("changed: %+v", stats(t, a.server))
	}
}

// awaitPool resolves a pool and waits for the answer, past those for other pools.
func awaitPool(l *link, pool wire.PoolHandle) {
	l.t.Helper()
	l.tell(&asapmsg.HandleResolution{PoolHandle: pool})
	for next[*asapmsg.HandleResolutionResponse](l).PoolHandle != pool {
	}
}

// lengthened replaces the pool handle at an offset of a message by a longer one.
func lengthened(t *testing.T, b []byte, at int, handle string) []byte {
	t.Helper()
	if typ := wire.ParamType(binary.BigEndian.Uint16(b[at:])); typ != wire.ParamPoolHandle {
		t.Fatalf("parameter %v at %d of %x", typ, at, b)
	}
	old := (int(binary.BigEndian.Uint16(b[at+2:])) + 3) &^ 3
	out := append([]byte(nil), b[:at+4]...)
	binary.BigEndian.PutUint16(out[at+2:], uint16(4+len(handle)))
	out = append(out, handle...)
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	out = append(out, b[at+old:]...)
	binary.BigEndian.PutUint16(out[2:], uint16(len(out)))
	return out
}

// RSPLIB's registrar crashes at a Presence of a registrar with identifier 0. It also crashes if the
// server information has the identifier of the receiver. A datagram suffices.
func TestStrangePresence(t *testing.T) {
	t.Parallel()
	group := freeGroup(t)
	a := newAttacked(t, group)
	endpoint, err := udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}}).Listen(t.Context(), transport.ListenConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer endpoint.Close()
	for _, id := range []struct{ sender, server wire.ServerID }{
		{0, 0}, {0, 0xbad}, {0xbad, 0}, {0xbad, a.server.ID()}, {a.server.ID(), 0xbad}, {a.server.ID(), a.server.ID()}, {a.peer.ID(), a.server.ID()}, {0, a.server.ID()},
	} {
		l := asENRP(t, a.server)
		p := encode(t, &enrpmsg.Presence{IDs: ids(0xbbbb, a.server), ReplyRequired: true, Server: l.information(0xcccc)})
		// What nobody sends on purpose is not encoded either.
		binary.BigEndian.PutUint32(p[4:], uint32(id.sender))
		at := strings.Index(string(p), "\x00\x00\xcc\xcc")
		binary.BigEndian.PutUint32(p[at:], uint32(id.server))
		for range 3 {
			if err := errors.Join(l.send(p), endpoint.SendMulticast(group, p)); err != nil {
				t.Fatal(err)
			}
		}
		// It is not believed; what comes afterwards is.
		const peer = 0xaaaa
		l.introduce(peer, a.server)
		l.tellPeer(&enrpmsg.ListRequest{IDs: ids(peer, a.server)})
		for _, s := range nextOfPeer[*enrpmsg.ListResponse](l).Servers {
			if s.ID != a.peer.ID() {
				t.Errorf("%v has become a peer", s.ID)
			}
		}
	}
	a.serves()
	a.awaitUnchanged()
}
