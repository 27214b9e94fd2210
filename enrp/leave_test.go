package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// The successor is the reachable peer with the lowest identifier.
func TestSuccessor(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.feed(Leave{})
	if b.leaving.successor != nil || !b.leaving.deadline().IsZero() {
		t.Errorf("successor without peers: %+v", b.leaving)
	}
	b = startBed(t, Config{})
	b.addPeer(1, idOther)
	b.addPeer(2, idPeer)
	b.addPeer(3, idLow)
	b.feed(step.Down{Assoc: 3})
	b.addElement("p", 1, self)
	expect(t, describeAll(b.feed(Leave{})), "send 2: update ADD_PE p/0x00000001@0x00000020 suggested to 0x00000000")
	if !b.leaving.deadline().IsZero() {
		t.Errorf("elements are left: %+v", b.leaving)
	}
	// A peer may accept before the next event: our copy becomes the peer's element.
	b.receive(2, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: element(1, idPeer, time.Minute)})
	if b.hs.Owned(self) != 0 {
		t.Error("the element stays ours")
	}
}

// Elements are suggested in portions, with pauses. Elements that are gone by then are left
// out, and all if the successor is gone.
func TestPortions(t *testing.T) {
	t.Parallel()
	const n = 2*leavePortion + 10
	for _, tc := range []struct {
		name    string
		between func(b *bed)
		want    []int // suggestions of each portion
	}{
		{name: "all", between: func(*bed) {}, want: []int{leavePortion, leavePortion, 10, 0}},
		{name: "successor gone", between: func(b *bed) { b.feed(step.Down{Assoc: 1}) }, want: []int{leavePortion, 0, 0}},
		{name: "elements gone", between: func(b *bed) {
			for i := range wire.PEID(n) {
				b.hs.Remove(b.hs.Find("p", i+1))
			}
		}, want: []int{leavePortion, 0, 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{})
			b.addPeer(1, idPeer)
			for i := range wire.PEID(n) {
				b.addElement("p", i+1, self)
			}
			actions := b.feed(Leave{})
			for i, want := range tc.want {
				suggestions := 0
				for _, a := range actions {
					if s, ok := a.(step.Send); ok && s.Message.(interface{ Type() enrpmsg.Type }).Type() == enrpmsg.TypeHandleUpdate {
						suggestions++
					}
				}
				if suggestions != want {
					t.Errorf("portion %d has %d suggestions, want %d", i, suggestions, want)
				}
				if i == 0 {
					tc.between(b)
					expect(t, describeAll(b.pass(leavePause-1)))
					actions = b.pass(1)
				} else {
					actions = b.pass(leavePause)
				}
			}
			if !b.leaving.deadline().IsZero() {
				t.Errorf("elements are left: %+v", b.leaving)
			}
		})
	}
}

// When the successor is gone, no further elements are suggested, even if it comes back.
func TestSuccessorGone(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	for i := range wire.PEID(3 * leavePortion) {
		b.addElement("p", i+1, self)
	}
	b.feed(Leave{})
	b.feed(step.Down{Assoc: 1})
	b.pass(leavePause)
	b.up(2, idPeer)
	b.receive(2, presenceOf(idPeer))
	if got := b.pass(time.Second); len(got) != 0 || !b.leaving.deadline().IsZero() {
		t.Errorf("%d actions, %+v", len(got), b.leaving)
	}
}

// Elements on their way to us are suggested as well, when they are ours.
func TestLeaveDuringTakeover(t *testing.T) {
	t.Parallel()
	const n = 100
	b := startBed(t, Config{Slice: 2})
	b.addPeer(1, idOther)
	for i := range wire.PEID(n) {
		b.addElement("p", i+1, idPeer)
	}
	b.takeovers.transfer(b.now, idPeer, self)
	got := describeAll(b.feed(Leave{}))
	got = append(got, describeAll(b.pass(time.Second))...)
	if suggested := countPrefix(got, "send 1: update ADD_PE"); suggested != n || !b.leaving.deadline().IsZero() {
		t.Errorf("%d elements suggested of %d; deadline %v", suggested, n, b.leaving.deadline())
	}
}
