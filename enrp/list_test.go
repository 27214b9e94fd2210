package enrp

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A list has the active peers, except for the requester, at addresses that the requester can
// reach.
func TestListRequest(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	b.feed(step.Up{Assoc: 3, Peer: endpoint("127.0.0.1:9902")})
	local := presenceOf(idLow)
	local.Server.Transport = transportOf(endpoint("127.0.0.1:9902"), true)
	b.receive(3, local)
	b.peers.findOrAdd(b.now, 0x99, addrsOf(0x99)) // It is not heard.
	b.out.take()
	b.peers.find(idPeer).announced = nil // The address of its association is used.
	for _, tc := range []struct {
		from step.AssocID
		id   wire.ServerID
		want string
	}{
		{from: 1, id: idPeer, want: "send 1: list-response 0x00000040@10.0.0.64:9901 to 0x00000030"},
		{from: 2, id: idOther, want: "send 2: list-response 0x00000030@10.0.0.48:9901 to 0x00000040"},
		{from: 3, id: idLow, want: "send 3: list-response 0x00000030@10.0.0.48:9901 0x00000040@10.0.0.64:9901 to 0x00000010"},
	} {
		expect(t, b.receive(tc.from, &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: tc.id}}), tc.want)
	}
	// A registrar on this host gets addresses of this host.
	b.feed(step.Up{Assoc: 4, Peer: endpoint("127.0.0.1:5000")})
	expect(t, b.receive(4, &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 0x50}}),
		"send 4: list-response 0x00000030@10.0.0.48:9901 0x00000040@10.0.0.64:9901 0x00000010@127.0.0.1:9902 to 0x00000050")
}

func TestListResponse(t *testing.T) {
	t.Parallel()
	listed := func(change func(*wire.ServerInformation)) wire.ServerInformation {
		s := serverOf(idOther)
		change(&s)
		return s
	}
	for _, tc := range []struct {
		name    string
		server  wire.ServerInformation
		prepare func(b *bed, m *enrpmsg.ListResponse)
		want    []string
	}{
		{name: "new peer", want: []string{"peer found: 0x00000040", "dial 1: 10.0.0.64:9901"}},
		{name: "rejected", prepare: func(_ *bed, m *enrpmsg.ListResponse) { m.Reject = true }},
		{name: "not requested", prepare: func(b *bed, _ *enrpmsg.ListResponse) { b.peers.find(idPeer).isListRequested = false }},
		{name: "without an identifier", server: listed(func(s *wire.ServerInformation) { s.ID = 0 })},
		{name: "us", server: listed(func(s *wire.ServerInformation) { s.ID = self })},
		{name: "another protocol", server: listed(func(s *wire.ServerInformation) { s.Transport.Protocol = wire.TCP })},
		{name: "without an address", server: listed(func(s *wire.ServerInformation) { s.Transport.Addrs = nil }), want: []string{"peer found: 0x00000040"}},
		{name: "active", prepare: func(b *bed, _ *enrpmsg.ListResponse) { b.addPeer(2, idOther) }},
		{name: "home of an element", prepare: func(b *bed, _ *enrpmsg.ListResponse) {
			b.peers.findOrAdd(b.now, idOther, nil)
			b.out.take()
		}, want: []string{"dial 1: 10.0.0.64:9901"}},
		{name: "connected, not heard", prepare: func(b *bed, _ *enrpmsg.ListResponse) {
			b.peers.findOrAdd(b.now, idOther, nil).assoc = 7
			b.out.take()
		}},
		{name: "list full", prepare: func(b *bed, _ *enrpmsg.ListResponse) {
			for len(b.peers.all) < maxPeers {
				b.peers.configure([]netip.AddrPort{})
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{})
			b.addPeer(1, idPeer)
			msg := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: idPeer}}
			if tc.prepare != nil {
				tc.prepare(b, msg)
			}
			if tc.server.Transport.Port == 0 {
				tc.server = serverOf(idOther)
			}
			msg.Servers = []wire.ServerInformation{tc.server}
			got := b.receive(1, msg)
			expect(t, got, tc.want...)
			if again := b.receive(1, msg); len(tc.want) > 0 && len(again) != 0 {
				t.Errorf("%q for the same list again", again)
			}
		})
	}
}

// A message of several servers adds all of them, and the list has each once.
func TestListResponseTwice(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	msg := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: idPeer}}
	for id := range wire.ServerID(5) {
		msg.Servers = append(msg.Servers, serverOf(0x100+id), serverOf(0x100+id))
	}
	b.receive(1, msg)
	want := []wire.ServerID{idPeer, 0x100, 0x101, 0x102, 0x103, 0x104}
	if got := b.Peers(); !slices.Equal(got, want) || len(b.contacts.dials) != 5 {
		t.Errorf("peers %v, %d dials", got, len(b.contacts.dials))
	}
}
