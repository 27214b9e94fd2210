package enrp

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

func TestHasPriority(t *testing.T) {
	t.Parallel()
	for _, higherWins := range []bool{false, true} {
		s := &takeovers{own: &registrar{config: Config{ID: self, HigherWins: higherWins}}}
		for id, want := range map[wire.ServerID]bool{self - 1: !higherWins, self: false, self + 1: higherWins} {
			if got := s.hasPriority(id); got != want {
				t.Errorf("higher wins: %v, %v against %v: %v", higherWins, id, self, got)
			}
		}
	}
}

// startArbitration returns a machine with three active peers that takes over idPeer. Lists
// requested from the peers by then are answered.
func startArbitration(t testing.TB) (*bed, *arbitration) {
	b := startBed(t, Config{MaxTimeLastHeard: time.Hour, TakeoverExpiry: 5 * time.Second})
	target := b.addPeer(1, idPeer)
	for i, id := range []wire.ServerID{0x41, 0x42, 0x43} {
		b.addPeer(step.AssocID(i+2), id)
	}
	b.addElement("p", 1, idPeer)
	b.takeovers.start(b.now, target)
	expect(t, describeAll(b.out.take()),
		"send 1: init-takeover 0x00000030 to 0x00000000",
		"send 2: init-takeover 0x00000030 to 0x00000000",
		"send 3: init-takeover 0x00000030 to 0x00000000",
		"send 4: init-takeover 0x00000030 to 0x00000000")
	a := target.liveness.arbitration
	if !slices.Equal(a.awaited, []wire.ServerID{0x41, 0x42, 0x43}) {
		t.Fatalf("%v are awaited", a.awaited)
	}
	return b, a
}

// ack acknowledges the takeover of idPeer.
func ack(id wire.ServerID) enrpmsg.Message {
	return &enrpmsg.InitTakeoverAck{IDs: enrpmsg.IDs{Sender: id}, TargetID: idPeer}
}

// The takeover completes with the last acknowledgement; a peer that is lost meanwhile, or is
// silent twice, need not acknowledge.
func TestArbitrationCompletes(t *testing.T) {
	t.Parallel()
	complete := []string{
		"send 1: takeover-server 0x00000030 to 0x00000000",
		"send 2: takeover-server 0x00000030 to 0x00000000",
		"send 3: takeover-server 0x00000030 to 0x00000000",
		"send 4: takeover-server 0x00000030 to 0x00000000",
		"taken over: p 0x00000001 claimed",
		"peer lost: 0x00000030, 1 elements",
		"abort 1: peer is silent",
	}
	t.Run("acknowledged", func(t *testing.T) {
		t.Parallel()
		b, _ := startArbitration(t)
		expect(t, b.receive(2, ack(0x41)))
		expect(t, b.receive(2, ack(0x41))) // Twice.
		expect(t, b.receive(3, ack(0x42)))
		expect(t, b.receive(4, ack(0x43)), complete...)
		if c := b.Counts(); c.Takeovers != 1 || c.ElementsTakenOver != 1 {
			t.Errorf("%+v", c)
		}
		expect(t, b.receive(4, ack(0x43))) // Late.
	})
	t.Run("lost", func(t *testing.T) {
		t.Parallel()
		b, _ := startArbitration(t)
		b.receive(2, ack(0x41))
		b.receive(3, ack(0x42))
		b.feed(step.Down{Assoc: 4}) // Otherwise the takeover is not believed.
		got := b.receive(2, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: 0x41}, TargetID: 0x43})
		expect(t, got, append([]string{"peer lost: 0x00000043, 0 elements"}, slices.Delete(slices.Clone(complete), 3, 4)...)...)
	})
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		b, a := startArbitration(t)
		b.receive(2, ack(0x41))
		expect(t, describeAll(b.pass(5*time.Second)),
			"send 3: list-request to 0x00000042",
			"send 4: list-request to 0x00000043",
			"send 1: init-takeover 0x00000030 to 0x00000000",
			"send 2: init-takeover 0x00000030 to 0x00000000",
			"send 3: init-takeover 0x00000030 to 0x00000000",
			"send 4: init-takeover 0x00000030 to 0x00000000")
		if !a.isRepeated || !slices.Equal(a.awaited, []wire.ServerID{0x42, 0x43}) {
			t.Errorf("%+v", a)
		}
		expect(t, describeAll(b.pass(5*time.Second)), complete...)
	})
	t.Run("no longer active", func(t *testing.T) {
		t.Parallel()
		b, _ := startArbitration(t)
		for i := range wire.ServerID(3) {
			b.feed(step.Down{Assoc: step.AssocID(2 + i)})
			b.peers.find(0x41 + i).liveness.deadline = b.now.Add(time.Hour) // Probed, and no more.
		}
		b.now = b.now.Add(5 * time.Second)
		expect(t, describeAll(b.feed(step.Tick{})), complete[0], complete[4], complete[5], complete[6])
	})
}

// Two takeovers at a time: the target of one need not acknowledge the other.
func TestTwoTakeovers(t *testing.T) {
	t.Parallel()
	b, _ := startArbitration(t)
	b.addElement("p", 2, 0x43)
	b.takeovers.start(b.now, b.peers.find(0x43))
	b.out.take()
	b.receive(2, ack(0x41))
	b.receive(3, ack(0x42))
	second := func(id wire.ServerID) enrpmsg.Message {
		return &enrpmsg.InitTakeoverAck{IDs: enrpmsg.IDs{Sender: id}, TargetID: 0x43}
	}
	b.receive(2, second(0x41))
	b.receive(3, second(0x42))
	// Each target was active when the takeover of the other began, or is not any more.
	if b.NumPeers() != 2 || b.hs.Owned(self) != 2 || b.Counts().Takeovers != 2 {
		t.Errorf("peers %v, %d elements, %+v", b.Peers(), b.hs.Owned(self), b.Counts())
	}
}

// A registrar that is said to be dead, or taken over, shows its presence.
func TestTakeoverOfSelf(t *testing.T) {
	t.Parallel()
	const presence = "presence checksum ffff at 10.0.0.1:9901 to "
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	expect(t, b.receive(1, &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idPeer}, TargetID: self}),
		"multicast: "+presence+"0x00000000", "send 1: "+presence+"0x00000030", "send 2: "+presence+"0x00000040")
	expect(t, b.receive(1, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idPeer}, TargetID: self}),
		"send 1: "+presence+"0x00000030")
}

// An objection ends a takeover only if the objector was asked twice. The target's table comes
// from the objector, at most once in a while, and one table at a time.
func TestObjection(t *testing.T) {
	t.Parallel()
	b, _ := startArbitration(t)
	expect(t, b.receive(2, listOf(0x41, idPeer))) // Asked once.
	if b.stateOf() != stateTarget {
		t.Fatalf("state %d", b.stateOf())
	}
	b.pass(5 * time.Second)
	expect(t, b.receive(2, listOf(0x41, idPeer)), "send 2: table-request to 0x00000041")
	target := b.peers.find(idPeer)
	if wait := target.liveness.deadline.Sub(b.now); b.stateOf() != stateRelayed || wait < 15*time.Second || wait > 19*time.Second {
		t.Errorf("state %d, deadline in %v", b.stateOf(), wait)
	}
	if d := b.peers.find(0x41).replica.download; d == nil || d.home != idPeer {
		t.Fatalf("download %+v", d)
	}
	// The relayed table replaces our copy, and keeps other elements.
	b.addElement("p", 8, 0x42)
	relayed := &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: 0x41}, Entries: []enrpmsg.PoolEntry{{
		PoolHandle:   "p",
		PoolElements: []wire.PoolElement{element(2, idPeer, time.Minute), element(3, 0x42, time.Minute)},
	}}}
	expect(t, b.receive(2, relayed), "synchronized with 0x00000030: 1 elements, 1 purged")
	if e := b.hs.Find("p", 2); e == nil || !b.hs.Deadline(e).Equal(b.now.Add(relayInterval+90*time.Second)) {
		t.Errorf("relayed element: %+v", e)
	}
	if b.hs.Find("p", 1) != nil || b.hs.Find("p", 3) != nil || b.hs.Find("p", 8) == nil {
		t.Errorf("%d elements", b.hs.Len())
	}
}

// While an objector sends a table already, or sent one lately, it is not asked.
func TestRelayRates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		prepare func(b *bed, target, objector *peer)
		want    bool
	}{
		{name: "first", prepare: func(*bed, *peer, *peer) {}, want: true},
		{name: "lately", prepare: func(b *bed, target, _ *peer) { target.replica.relayed = b.now.Add(-relayInterval + 1) }},
		{name: "long ago", prepare: func(b *bed, target, _ *peer) { target.replica.relayed = b.now.Add(-relayInterval) }, want: true},
		{name: "another table", prepare: func(_ *bed, _, objector *peer) { objector.replica.begin(objector.id, 0) }},
	} {
		b, _ := startArbitration(t)
		b.pass(5 * time.Second)
		tc.prepare(b, b.peers.find(idPeer), b.peers.find(0x41))
		got := b.receive(2, listOf(0x41, idPeer))
		if b.stateOf() != stateRelayed || (len(got) == 1) != tc.want {
			t.Errorf("%s: state %d, actions %q", tc.name, b.stateOf(), got)
		}
	}
}

// A relayed table does not count any more when the target is heard again.
func TestRelayEnds(t *testing.T) {
	t.Parallel()
	b, _ := startArbitration(t)
	b.pass(5 * time.Second)
	b.receive(2, listOf(0x41, idPeer))
	b.receive(1, presenceOf(idPeer))
	part := &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: 0x41}}
	b.receive(2, part)
	if b.hs.Find("p", 1) == nil || b.peers.find(0x41).replica.download != nil || b.stateOf() != stateActive {
		t.Errorf("state %d, %d elements", b.stateOf(), b.hs.Len())
	}
}

// An objection is withdrawn when the association with the target is down. An initiator that is
// no peer any more gets no acknowledgement.
func TestWithdrawObjection(t *testing.T) {
	t.Parallel()
	for _, isKnown := range []bool{true, false} {
		b := enterState(t, stateActive, Config{})
		b.receive(2, &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
		if !isKnown {
			b.takeovers.remove(b.now, b.peers.find(idOther), 0)
			b.out.take()
		}
		got := describeAll(b.feed(step.Down{Assoc: 1}))
		if isKnown {
			expect(t, got, "send 2: init-takeover-ack 0x00000030 to 0x00000040")
		} else {
			expect(t, got)
		}
		p := b.peers.find(idPeer)
		if want := map[bool]livenessState{true: stateInactive, false: stateProbed}[isKnown]; b.stateOf() != want ||
			p.liveness.initiator != map[bool]wire.ServerID{true: idOther}[isKnown] {
			t.Errorf("initiator known: %v, %+v", isKnown, p.liveness)
		}
	}
}

// A takeover that we do not believe is reported once a minute for each sender, however often
// the message comes, and the elements keep their home.
func TestTakeoverRefused(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{MaxTimeLastHeard: time.Hour})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	b.addPeer(3, idLow)
	b.addElement("p", 1, idPeer)
	count := make(map[wire.ServerID]int)
	probes := 0
	for i := range 1200 { // Two minutes.
		b.now = b.now.Add(100 * time.Millisecond)
		from := []wire.ServerID{idOther, idLow}[i%2]
		assoc := step.AssocID(2 + i%2)
		for _, a := range b.feed(Received{Assoc: assoc, Message: &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: from}, TargetID: idPeer}}) {
			switch a := a.(type) {
			case TakeoverRefused:
				count[a.ID]++
			case step.Send:
				probes++
			default:
				t.Fatalf("action %s", describe(a))
			}
		}
		if i%10 == 9 {
			b.receive(1, presenceOf(idPeer))
		}
	}
	if count[idOther] != 2 || count[idLow] != 2 || probes != 120 {
		t.Errorf("reports %v, %d probes", count, probes)
	}
	if b.hs.Owned(idPeer) != 1 || b.stateOf() != stateActive || b.peers.find(idPeer).liveness.claimant != 0 {
		t.Errorf("%d elements, state %d", b.hs.Owned(idPeer), b.stateOf())
	}
}

// If the target of a takeover that we did not believe is silent, the first claimant gets the
// elements. A claimant that is lost by then gets nothing, and we begin a takeover.
func TestClaimAccepted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		lost []wire.ServerID
		end  func(b *bed)
		home wire.ServerID
		want livenessState
	}{
		{name: "silent", end: func(b *bed) { b.pass(5 * time.Second) }, home: idOther, want: lost},
		{name: "down", end: func(b *bed) { b.feed(step.Down{Assoc: 1}) }, home: idOther, want: lost},
		{name: "claimant lost, silent", lost: []wire.ServerID{idOther}, end: func(b *bed) { b.pass(5 * time.Second) }, home: idPeer, want: stateTarget},
		{
			name: "claimant lost, down", lost: []wire.ServerID{idOther},
			end: func(b *bed) { b.feed(step.Down{Assoc: 1}) }, home: idPeer, want: stateProbed,
		},
		{name: "heard", end: func(b *bed) { b.receive(1, presenceOf(idPeer)); b.pass(5 * time.Second) }, home: idPeer, want: stateActive},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{MaxTimeLastHeard: time.Hour, MaxTimeNoResponse: 5 * time.Second})
			b.addPeer(1, idPeer)
			b.addPeer(2, idOther)
			b.addPeer(3, idLow)
			b.addElement("p", 1, idPeer)
			b.receive(2, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idOther}, TargetID: idPeer})
			b.receive(3, &enrpmsg.TakeoverServer{IDs: enrpmsg.IDs{Sender: idLow}, TargetID: idPeer})
			for _, id := range tc.lost {
				b.takeovers.remove(b.now, b.peers.find(id), 0)
			}
			tc.end(b)
			if e := b.hs.Find("p", 1); e.HomeID() != tc.home || b.stateOf() != tc.want {
				t.Errorf("home %v, state %d", e.HomeID(), b.stateOf())
			}
		})
	}
}

// However often a peer takes us over, all peers get a Presence at most once a second. The
// initiator gets a Presence each time.
func TestObjectionForSelfRate(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addPeer(2, idOther)
	init := &enrpmsg.InitTakeover{IDs: enrpmsg.IDs{Sender: idPeer}, TargetID: self}
	for i, want := range []int{3, 1, 1, 1, 3, 1} {
		if got := b.receive(1, init); len(got) != want || got[want/2] != "send 1: presence checksum ffff at 10.0.0.1:9901 to 0x00000030" {
			t.Errorf("message %d: %q", i, got)
		}
		b.now = b.now.Add(250 * time.Millisecond)
	}
}
