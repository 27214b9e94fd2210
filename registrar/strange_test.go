package registrar_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

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
			if err := element.send(lengthen(t, encode(t, m), wire.MessageHeaderLen, long)); err != nil {
				t.Fatal(err)
			}
		}
		update := encode(t, peer.update(0xbad, a.server, enrpmsg.AddPE, "short", 1, 0xbad))
		if err := peer.send(lengthen(t, update, wire.MessageHeaderLen+12, long)); err != nil {
			t.Fatal(err)
		}
		table := encode(t, &enrpmsg.HandleTableResponse{IDs: ids(0xbad, a.server), Entries: []enrpmsg.PoolEntry{{
			PoolHandle:   "short",
			PoolElements: []wire.PoolElement{peer.update(0xbad, a.server, 0, "short", 2, 0xbad).PoolElement},
		}}})
		if err := peer.send(lengthen(t, table, wire.MessageHeaderLen+8, long)); err != nil {
			t.Fatal(err)
		}
		awaitPool(element, ourPool)
		peer.awaitAnswer(0xbad, a.server)
	}
	a.checkService()
	if !a.isUnchanged() {
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

// lengthen replaces the pool handle at an offset of a message by a longer one.
func lengthen(t *testing.T, b []byte, at int, handle string) []byte {
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
	a.checkService()
	a.awaitUnchanged()
}
