package enrp

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

func TestFindOrAdd(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{Peers: [][]netip.AddrPort{
		endpoint("10.0.0.1:9901"), // This registrar.
		endpoint("10.0.0.48:9901", "10.0.1.48:9901"),
	}})
	if len(b.peers.all) != 1 || len(b.Peers()) != 0 || b.NumPeers() != 0 {
		t.Fatalf("%d peers, identified: %v", len(b.peers.all), b.Peers())
	}
	if b.peers.find(0) != nil {
		t.Error("0 is no identifier")
	}
	configured := b.peers.all[0]
	if p := b.peers.findOrAdd(b.now, idPeer, endpoint("10.0.1.48:9901")); p != configured || p.id != idPeer {
		t.Errorf("%+v is found at the configured address", p)
	}
	added := b.peers.findOrAdd(b.now, idOther, endpoint("10.0.1.48:9901"))
	if added == configured || added.isUnconfirmed() != true || configured.isUnconfirmed() {
		t.Errorf("%+v is found at the address of a peer", added)
	}
	if !added.replica.isSuspect || !added.liveness.deadline.Equal(b.now.Add(5*time.Second)) {
		t.Errorf("new peer: %+v", added)
	}
	if again := b.peers.findOrAdd(b.now, idOther, nil); again != added {
		t.Errorf("%+v is found again", again)
	}
	expect(t, describeAll(b.out.take()), "peer found: 0x00000030", "peer found: 0x00000040")
	if got := b.Peers(); !slices.Equal(got, []wire.ServerID{idPeer, idOther}) || b.NumPeers() != 2 {
		t.Errorf("peers %v", got)
	}
}

// When the list is full, a peer makes room if it is unconfirmed: not a peer
// that is configured, was heard, has an association, or is the home of elements.
func TestMakeRoom(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		occupy func(b *bed, p *peer)
		want   bool
	}{
		{name: "unconfirmed", occupy: func(*bed, *peer) {}, want: true},
		{name: "configured", occupy: func(_ *bed, p *peer) { p.configured = endpoint("10.0.9.9:9901") }},
		{name: "heard", occupy: func(b *bed, p *peer) { p.liveness.activate(b.now) }},
		{name: "silent", occupy: func(b *bed, p *peer) { p.liveness.probe(b.now, 0) }},
		{name: "association", occupy: func(_ *bed, p *peer) { p.assoc = 7 }},
		{name: "elements", occupy: func(b *bed, p *peer) { b.addElement("p", wire.PEID(p.id), p.id) }},
	} {
		b := startBed(t, Config{})
		for i := range maxPeers {
			p := b.peers.findOrAdd(b.now, wire.ServerID(1000+i), nil)
			tc.occupy(b, p)
		}
		b.out.take()
		p := b.peers.findOrAdd(b.now, idPeer, nil)
		if (p != nil) != tc.want || len(b.peers.all) != maxPeers {
			t.Errorf("%s: %v of %d peers", tc.name, p, len(b.peers.all))
		}
		if tc.want {
			expect(t, describeAll(b.out.take()), "peer lost: 0x000003e8, 0 elements", "peer found: 0x00000030")
		} else {
			expect(t, describeAll(b.out.take()))
		}
	}
}

// The table of a peer counts for its own elements, and for those of a registrar out of our
// reach.
func TestIsAuthoritative(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	p := b.peers.findOrAdd(b.now, idPeer, nil)
	q := b.peers.findOrAdd(b.now, idOther, nil)
	for state, name := range livenessStates {
		q.liveness = *newLiveness(livenessState(state))
		want := q.liveness.state == stateInactive || q.liveness.state == stateTarget || q.liveness.state == stateRelayed
		if got := b.peers.isAuthoritative(p, q.id); got != want {
			t.Errorf("for a registrar in state %s: %v", name, got)
		}
		if !b.peers.isAuthoritative(q, q.id) {
			t.Errorf("for itself in state %s: no", name)
		}
	}
	if b.peers.isAuthoritative(p, idLow) {
		t.Error("for a registrar that is no peer: yes")
	}
}

// The deadline of the list is the earliest of all states and downloads.
func TestPeersDeadline(t *testing.T) {
	t.Parallel()
	list := &peers{}
	if !list.deadline().IsZero() {
		t.Error("a deadline without peers")
	}
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	list.configure(endpoint("10.0.0.48:9901"))
	list.all = append(list.all,
		&peer{liveness: liveness{deadline: at(20)}},
		&peer{liveness: liveness{deadline: at(30)}, replica: replica{download: &download{deadline: at(40)}}})
	for _, tc := range []struct {
		change func()
		want   int
	}{
		{change: func() {}, want: 20},
		{change: func() { list.all[2].replica.download.deadline = at(10) }, want: 10},
		{change: func() { list.all[2].liveness.deadline = at(5) }, want: 5},
		{change: func() { list.remove(list.all[2]) }, want: 20},
	} {
		tc.change()
		if got := list.deadline(); !got.Equal(at(tc.want)) {
			t.Errorf("deadline %v, want %v", got, at(tc.want))
		}
	}
}

func TestIsReachable(t *testing.T) {
	t.Parallel()
	for state, name := range livenessStates {
		p := &peer{liveness: *newLiveness(livenessState(state))}
		if p.isReachable() || p.isConnected() {
			t.Errorf("%s without an association", name)
		}
		p.assoc = 7
		if p.isReachable() != (name == "active") || !p.isConnected() {
			t.Errorf("%s with an association: %v", name, p.isReachable())
		}
	}
}
