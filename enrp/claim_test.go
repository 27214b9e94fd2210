package enrp

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// claimElement has the peer on association 1 announce element 1 as its own, and returns the
// transcript.
func claimElement(b *bed) []string {
	return b.receive(1, &enrpmsg.HandleUpdate{
		IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: element(1, idPeer, time.Minute),
	})
}

// An element is verified if it is ours and registered over an association. Otherwise the
// claim is accepted at once.
func TestContest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		prepare func(b *bed)
		want    bool
	}{
		{name: "ours", prepare: func(b *bed) { b.addElement("p", 1, self) }, want: true},
		{name: "unknown", prepare: func(*bed) {}},
		{name: "of another peer", prepare: func(b *bed) { b.addElement("p", 1, idOther) }},
		{name: "taken over, not registered yet", prepare: func(b *bed) {
			b.addElement("p", 1, idOther)
			b.takeovers.transfer(b.now, idOther, self)
			b.out.take()
		}},
		{name: "ours, while we leave", prepare: func(b *bed) { b.addElement("p", 1, self); b.feed(Leave{}) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := startBed(t, Config{})
			b.addPeer(1, idPeer)
			tc.prepare(b)
			if tc.want {
				expect(t, claimElement(b), "verify p 0x00000001")
			} else {
				expect(t, claimElement(b))
			}
			if isOurs := b.hs.Find("p", 1).HomeID() == self; isOurs != tc.want || len(b.claims.pending) == 1 != tc.want {
				t.Errorf("%s: ours %v, %d claims", tc.name, isOurs, len(b.claims.pending))
			}
		})
	}
}

// A claim with an element that is too long is not kept, and the element is not verified.
func TestContestTooLong(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addElement("p", 1, self)
	pe := element(1, idPeer, time.Minute)
	lengthen(&pe, 60_000)
	expect(t, b.receive(1, &enrpmsg.HandleUpdate{IDs: enrpmsg.IDs{Sender: idPeer}, PoolHandle: "p", PoolElement: pe}))
	e := b.hs.Find("p", 1)
	if e.HomeID() != self || len(e.Encoded()) > 100 || len(b.claims.pending) != 0 {
		t.Errorf("home %v, %d octets, %d claims", e.HomeID(), len(e.Encoded()), len(b.claims.pending))
	}
}

// A claim ends when the element confirms its home, is removed, or is withdrawn, and when the
// peer is gone.
func TestClaimEnds(t *testing.T) {
	t.Parallel()
	const announcement = "send 1: update ADD_PE p/0x00000001@0x00000020 to 0x00000000"
	for _, tc := range []struct {
		name string
		end  func(b *bed) []string
		want []string
		home wire.ServerID // of the element then; 0: removed
	}{
		{name: "confirmed", home: self, want: []string{announcement}, end: func(b *bed) []string {
			return describeAll(b.feed(Confirmed{Pool: "p", ID: 1}))
		}},
		{name: "gone", home: idPeer, want: []string{"send 1: update DEL_PE p/0x00000001@0x00000020 to 0x00000000"}, end: func(b *bed) []string {
			b.hs.Remove(b.hs.Find("p", 1))
			return describeAll(b.Flush(b.now))
		}},
		{name: "withdrawn", home: self, end: func(b *bed) []string {
			return b.receive(1, &enrpmsg.HandleUpdate{
				IDs: enrpmsg.IDs{Sender: idPeer}, Action: enrpmsg.DelPE, PoolHandle: "p", PoolElement: element(1, idPeer, 0),
			})
		}},
		{name: "peer gone", home: self, want: []string{"peer lost: 0x00000030, 0 elements", "abort 1: peer is silent"}, end: func(b *bed) []string {
			b.takeovers.remove(b.now, b.peers.find(idPeer), 0)
			return describeAll(b.out.take())
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := startBed(t, Config{})
			b.addPeer(1, idPeer)
			b.addElement("p", 1, self)
			expect(t, claimElement(b), "verify p 0x00000001")
			expect(t, tc.end(b), tc.want...)
			var home wire.ServerID
			if e := b.hs.Find("p", 1); e != nil {
				home = e.HomeID()
			}
			if home != tc.home || len(b.claims.pending)+len(b.claims.conceded) != 0 {
				t.Errorf("%s: home %v, %d claims", tc.name, home, len(b.claims.pending))
			}
			expect(t, describeAll(b.feed(Confirmed{Pool: "p", ID: 1}))) // Late.
		})
	}
}

// A claim that comes while an element is not asked again ends with that time. Otherwise the element
// of a later life would become the peer's.
func TestClaimNotAsked(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idPeer)
	b.addElement("p", 1, self)
	for range 2 {
		claimElement(b)
		b.feed(Confirmed{Pool: "p", ID: 1})
	}
	expect(t, claimElement(b))
	if len(b.claims.pending) != 1 {
		t.Fatalf("%d claims", len(b.claims.pending))
	}
	b.now = b.now.Add(refutationInterval)
	b.feed(step.Tick{})
	if len(b.claims.pending)+len(b.claims.refuted) != 0 {
		t.Errorf("%d claims and %d refutations are left", len(b.claims.pending), len(b.claims.refuted))
	}
	expect(t, claimElement(b), "verify p 0x00000001")
}

// A claim that is conceded is void if the peer is gone by then, or the element is back.
func TestSettle(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(b *bed)
		home   wire.ServerID
	}{
		{name: "settled", change: func(*bed) {}, home: idPeer},
		{name: "peer gone", change: func(b *bed) { b.peers.remove(b.peers.find(idPeer)) }},
		{name: "element back", change: func(b *bed) {
			pe := element(1, self, time.Minute)
			if _, _, err := b.hs.Register(b.now, "p", &pe, 1); err != nil {
				t.Fatal(err)
			}
		}, home: self},
	} {
		b := startBed(t, Config{})
		b.addPeer(1, idPeer)
		b.addElement("p", 1, self)
		claimElement(b)
		b.hs.Remove(b.hs.Find("p", 1))
		tc.change(b)
		b.claims.settle(b.now)
		var home wire.ServerID
		if e := b.hs.Find("p", 1); e != nil {
			home = e.HomeID()
		}
		if home != tc.home {
			t.Errorf("%s: home %v", tc.name, home)
		}
	}
}

// A peer can withdraw its own claim only. The last of several claims counts.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addElement("p", 1, self)
	pe := element(1, idPeer, 0)
	for _, id := range []wire.ServerID{idPeer, idOther} {
		if !b.claims.contest(b.now, &peer{id: id}, "p", &pe, 0) {
			t.Fatalf("claim of %v accepted", id)
		}
	}
	b.claims.withdraw(idPeer, "p", 1)
	b.claims.forget(idPeer)
	b.claims.withdraw(idOther, "p", 2)
	if c := b.claims.pending[elementKey{"p", 1}]; c.peer != idOther {
		t.Errorf("claim of %v is pending", c.peer)
	}
	if e := b.claims.confirm(b.now, "p", 1); e != b.hs.Find("p", 1) {
		t.Errorf("%v confirmed", e)
	}
	// The element has moved by the time of the answer.
	b.claims.contest(b.now, &peer{id: idPeer}, "p", &pe, 0)
	var moved *handlespace.Element
	b.editor.apply(func() { moved = b.hs.Find("p", 1); b.hs.SetOwner(moved, idOther) })
	if e := b.claims.confirm(b.now, "p", 1); e != nil || len(b.claims.pending) != 0 {
		t.Errorf("%v confirmed, %d claims", e, len(b.claims.pending))
	}
}

// Two registrars that each have an element with the identifier claim it without end. An element that
// has twice refuted a claim is not asked again for a while, and the second claim is told.
func TestClaimsWithoutEnd(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addElement("p", 1, self)
	pe := element(1, idPeer, 0)
	asked, told, contested := 0, 0, 0
	const claims, pause = 3000, 10 * time.Millisecond
	for range claims {
		b.claims.expire(b.now)
		if !b.claims.contest(b.now, &peer{id: idPeer}, "p", &pe, 0) {
			t.Fatal("claim accepted")
		}
		for _, a := range b.out.take() {
			switch a := a.(type) {
			case Verify:
				asked++
				if a.Contested {
					contested++
				}
				if b.claims.confirm(b.now, "p", 1) == nil {
					t.Fatal("not confirmed")
				}
			case Contested:
				told++
			}
		}
		b.now = b.now.Add(pause)
	}
	if asked != 6 || contested != 3 || told != 3 {
		t.Errorf("%d claims in %v: asked %d times, %d of them contested, told %d times; want 6, 3, 3", claims, claims*pause, asked, contested, told)
	}
	// The last claim is kept, and counts when the element is gone.
	b.hs.Remove(b.hs.Find("p", 1))
	if len(b.claims.pending)+len(b.claims.conceded) != 1 {
		t.Errorf("%d claims are pending, %d conceded", len(b.claims.pending), len(b.claims.conceded))
	}
	b.claims.expire(b.now.Add(refutationInterval))
	if len(b.claims.refuted)+len(b.claims.expiry) != 0 {
		t.Errorf("%d refutations are left", len(b.claims.refuted))
	}
}
