package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

func TestReach(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	p := &peer{id: idPeer, configured: addrsOf(idPeer)}
	b.contacts.reach(p, true)
	expect(t, describeAll(b.out.take())) // No address is known.
	p.addrs = addrsOf(idPeer)
	b.contacts.reach(p, true)
	expect(t, describeAll(b.out.take()), "dial 1: 10.0.0.48:9901")
	b.contacts.reach(p, true)
	expect(t, describeAll(b.out.take())) // The dial is under way.
	p.assoc = 7
	b.contacts.reach(p, true)
	b.contacts.reach(p, false)
	expect(t, describeAll(b.out.take()),
		"send 7: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030",
		"send 7: presence checksum ffff at 10.0.0.1:9901 to 0x00000030")
}

// The bound holds for dials to unconfirmed peers only.
func TestReachBound(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	for range maxPeers {
		b.contacts.reach(&peer{id: idPeer, addrs: addrsOf(idPeer)}, true)
	}
	if n := len(b.out.take()); n != maxPeers || len(b.contacts.dials) != maxPeers {
		t.Fatalf("%d dials, %d under way", n, len(b.contacts.dials))
	}
	for _, tc := range []struct {
		name string
		peer peer
		want int
	}{
		{name: "unconfirmed"},
		{name: "configured", peer: peer{configured: addrsOf(idPeer)}, want: 1},
		{name: "heard", peer: peer{liveness: liveness{state: stateProbed}}, want: 1},
	} {
		tc.peer.addrs = addrsOf(idPeer)
		b.contacts.reach(&tc.peer, true)
		if n := len(b.out.take()); n != tc.want {
			t.Errorf("%s: %d dials", tc.name, n)
		}
	}
	for d := range b.contacts.dials {
		b.contacts.endDial(d)
		b.contacts.endDial(d) // Twice.
	}
	b.contacts.endDial(1 << 40) // Never begun.
	if len(b.contacts.dials) != 0 {
		t.Errorf("%d dials are left", len(b.contacts.dials))
	}
	p := &peer{id: idPeer, addrs: addrsOf(idPeer)}
	if b.contacts.reach(p, true); p.dial != maxPeers+3 {
		t.Errorf("dial %d, want a new one", p.dial)
	}
}

func TestProbe(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{MaxTimeNoResponse: 3 * time.Second})
	p := b.addPeer(1, idPeer)
	for _, initiator := range []wire.ServerID{0, idOther} {
		b.contacts.probe(b.now, p, initiator)
		expect(t, describeAll(b.out.take()), "send 1: presence reply checksum ffff at 10.0.0.1:9901 to 0x00000030")
		if l := p.liveness; l.state != stateProbed || l.initiator != initiator || !l.deadline.Equal(b.now.Add(3*time.Second)) {
			t.Errorf("%+v", l)
		}
	}
}

// A dial for a peer that is lost meanwhile leads to an association that nobody needs, unless
// a registrar has identified itself there.
func TestDialForLostPeer(t *testing.T) {
	t.Parallel()
	for _, isUp := range []bool{false, true} {
		b := startBed(t, Config{})
		b.addPeer(1, idOther)
		p := b.peers.findOrAdd(b.now, idPeer, addrsOf(idPeer))
		b.contacts.reach(p, true)
		dial := p.dial
		b.takeovers.remove(b.now, p, 0)
		b.out.take()
		assoc, want := step.AssocID(2), []string{"abort 2: peer is lost"}
		if isUp {
			assoc, want = 1, nil
		}
		actions := b.feed(step.Up{Assoc: assoc, Dial: dial, Peer: addrsOf(idPeer)})
		expect(t, describeAll(actions), want...)
		if len(b.contacts.dials) != 0 {
			t.Errorf("%d dials are left", len(b.contacts.dials))
		}
	}
}
