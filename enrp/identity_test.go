package enrp

import (
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	contradiction := presenceOf(idOther)
	contradiction.Server.ID = idPeer
	request := func(id wire.ServerID) enrpmsg.Message { return &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: id}} }
	withoutServer := &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: idOther}}
	// Association 1 speaks for idPeer, association 2 is new, association 9 is not up.
	for _, tc := range []struct {
		name  string
		assoc step.AssocID
		msg   enrpmsg.Message
		want  sender
		peer  wire.ServerID
	}{
		{name: "peer", assoc: 1, msg: request(idPeer), want: senderPeer, peer: idPeer},
		{name: "new peer", assoc: 2, msg: presenceOf(idOther), want: senderPeer, peer: idOther},
		{name: "stranger", assoc: 2, msg: request(idOther), want: senderStranger},
		{name: "stranger without server information", assoc: 2, msg: withoutServer, want: senderStranger},
		{name: "no association", assoc: 9, msg: request(idPeer), want: senderInvalid},
		{name: "no identifier", assoc: 2, msg: request(0), want: senderInvalid},
		{name: "another identifier", assoc: 1, msg: request(idOther), want: senderInvalid},
		{name: "our identifier on the association of a peer", assoc: 1, msg: request(self), want: senderInvalid},
		{name: "our identifier", assoc: 2, msg: request(self), want: senderDuplicate},
		{name: "two identifiers in a message", assoc: 2, msg: contradiction, want: senderInvalid},
		{name: "peer on an association from another host", assoc: 2, msg: presenceOf(idPeer), want: senderStranger},
	} {
		b := startBed(t, Config{})
		b.addPeer(1, idPeer)
		b.up(2, idOther)
		p, kind := b.identity.identify(b.now, tc.assoc, tc.msg)
		if kind != tc.want || (p != nil) != (tc.peer != 0) || p != nil && p.id != tc.peer {
			t.Errorf("%s: %v, peer %+v", tc.name, kind, p)
		}
	}
}

func TestIsPlausible(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		present   string // empty: none is up
		candidate string
		want      bool
	}{
		{name: "first association", candidate: "10.0.0.9:1", want: true},
		{name: "same host and port", present: "10.0.0.2:9901", candidate: "10.0.0.2:9901", want: true},
		{name: "same host, another port", present: "10.0.0.2:9901", candidate: "10.0.0.2:9902"},
		{name: "another host", present: "10.0.0.2:9901", candidate: "10.0.0.9:9901"},
		{name: "announced address", present: "10.0.0.2:9901", candidate: "10.0.1.2:9901", want: true},
		{name: "announced address, another port", present: "10.0.0.2:9901", candidate: "10.0.1.2:9902"},
		{name: "configured address", present: "10.0.0.2:9901", candidate: "10.0.2.2:9901", want: true},
		{name: "from this host", present: "10.0.0.2:9901", candidate: "127.0.0.1:9901", want: true},
		{name: "from this host, another port", present: "10.0.0.2:9901", candidate: "127.0.0.1:9902"},
		{name: "peer on this host", present: "127.0.0.1:9901", candidate: "10.0.0.9:9901", want: true},
	} {
		s := &identity{assocs: newAssociations()}
		p := &peer{id: idPeer, announced: endpoint("10.0.1.2:9901"), configured: endpoint("10.0.2.2:9901")}
		if tc.present != "" {
			s.assocs.add(1, endpoint(tc.present))
			p.assoc = 1
		}
		if got := s.isPlausible(p, s.assocs.add(2, endpoint(tc.candidate))); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
}

// A refused registrar makes us probe the peer once, and is asked for its identity when the
// peer's association is down.
func TestRefuse(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	request := &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: idPeer}}
	probe := "send 1: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030"
	b.up(3, 0x99)
	b.up(2, 0x98)
	expect(t, b.receive(3, request), probe, "send 3: list-response to 0x00000030")
	expect(t, b.receive(3, request), "send 3: list-response to 0x00000030")
	expect(t, b.receive(2, request), probe, "send 2: list-response to 0x00000030")
	expect(t, describeAll(b.feed(step.Down{Assoc: 1})),
		"dial 1: 10.0.0.48:9901",
		"send 2: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030",
		"send 3: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030")
	b.receive(2, presenceOf(idPeer))
	if p := b.peers.find(idPeer); p.assoc != 2 {
		t.Errorf("the peer is on association %d", p.assoc)
	}
	expect(t, describeAll(b.feed(step.Down{Assoc: 3})))
}

// Of two associations with a peer, the newer is used. The registrar that was found there
// before is disconnected, or forgotten if it was never identified.
func TestNewerAssociation(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	p := b.addPeer(1, idPeer)
	b.up(2, idPeer)
	b.receive(2, presenceOf(idPeer))
	if p.assoc != 2 || !p.replica.isSuspect {
		t.Errorf("%+v after a newer association", p)
	}
	b.receive(1, presenceOf(idPeer))
	if p.assoc != 2 {
		t.Errorf("association %d is used, which is older", p.assoc)
	}
	b.feed(step.Down{Assoc: 1})
	if p.assoc != 2 || !p.liveness.isActive() {
		t.Errorf("%+v after the end of the older", p)
	}
}
