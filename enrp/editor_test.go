package enrp

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

func TestEnter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		pool   wire.PoolHandle
		change func(*wire.PoolElement)
		want   bool
	}{
		{name: "element of a peer", want: true},
		{name: "of an unknown registrar", change: func(pe *wire.PoolElement) { pe.HomeID = 0x77 }, want: true},
		{name: "without a home", change: func(pe *wire.PoolElement) { pe.HomeID = 0 }},
		{name: "with us as its home", change: func(pe *wire.PoolElement) { pe.HomeID = self }},
		{name: "without an ASAP transport", change: func(pe *wire.PoolElement) { pe.ASAPTransport = nil }},
		{name: "contradicting its pool", change: func(pe *wire.PoolElement) { pe.Policy.Type = wire.Random }},
		{name: "longest handle", pool: wire.PoolHandle(strings.Repeat("x", wire.MaxPoolHandleLen)), want: true},
		{name: "longest element", change: func(pe *wire.PoolElement) { lengthen(pe, handlespace.MaxElementLen) }, want: true},
		{name: "element too long", change: func(pe *wire.PoolElement) { lengthen(pe, handlespace.MaxElementLen+4) }},
		{name: "handle too long", pool: wire.PoolHandle(strings.Repeat("x", wire.MaxPoolHandleLen+1))},
	} {
		b := startBed(t, Config{})
		b.addPeer(1, idPeer)
		b.addElement("p", 1, self)
		pe := element(2, idPeer, 10*time.Second)
		if tc.change != nil {
			tc.change(&pe)
		}
		pool := tc.pool
		if pool == "" {
			pool = "p"
		}
		e, _ := b.editor.enter(b.now, pool, &pe, 0)
		if (e != nil) != tc.want {
			t.Errorf("%s: %v", tc.name, e)
		}
		for _, a := range b.Flush(b.now) {
			if _, ok := a.(PeerFound); !ok {
				t.Errorf("%s: %s", tc.name, describe(a))
			}
		}
		if e == nil {
			continue
		}
		if e.Timer() != timerExpiry || !b.hs.Deadline(e).Equal(b.now.Add(15*time.Second)) {
			t.Errorf("%s: timer %v at %v", tc.name, e.Timer(), b.hs.Deadline(e))
		}
		if b.peers.find(pe.HomeID) == nil {
			t.Errorf("%s: the home is no peer", tc.name)
		}
	}
}

// A registration without an end has no timer, and takes a former timer away.
func TestEnterWithoutExpiry(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	pe := element(1, idPeer, time.Second)
	if e, _ := b.editor.enter(b.now, "p", &pe, 0); e.Timer() != timerExpiry {
		t.Errorf("timer %v", e.Timer())
	}
	pe.RegistrationLife = 0
	if e, _ := b.editor.enter(b.now, "p", &pe, 0); e.Timer() != 0 {
		t.Errorf("timer %v", e.Timer())
	}
}

// Half the round-trip time to the peer, rounded, is added to the distance of an element, for
// policies with distances only. The message stays as it is.
func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		policy   wire.PolicyType
		distance uint32
		rtt      time.Duration
		want     uint32
	}{
		{policy: wire.LeastUsedDPF, distance: 10, rtt: 0, want: 10},
		{policy: wire.LeastUsedDPF, distance: 10, rtt: 49 * time.Millisecond, want: 10},
		{policy: wire.LeastUsedDPF, distance: 10, rtt: 50 * time.Millisecond, want: 60},
		{policy: wire.LeastUsedDPF, distance: 10, rtt: 390 * time.Millisecond, want: 210},
		{policy: wire.LeastUsedDPF, distance: math.MaxUint32 - 10, rtt: time.Second, want: math.MaxUint32},
		{policy: wire.RoundRobin, rtt: time.Second, want: 0},
	} {
		b := startBed(t, Config{})
		pe := element(1, idPeer, time.Minute)
		pe.Policy = wire.Policy{Type: tc.policy, Distance: tc.distance}
		e, _ := b.editor.enter(b.now, "p", &pe, tc.rtt)
		if got := policyOf(t, e).Distance; got != tc.want || pe.Policy.Distance != tc.distance {
			t.Errorf("%+v: distance %d, in the message %d", tc, got, pe.Policy.Distance)
		}
	}
}

// policyOf returns the policy of an element.
func policyOf(t *testing.T, e *handlespace.Element) (policy wire.Policy) {
	t.Helper()
	for p, err := range wire.Params(e.EncodedPolicy()) {
		if err == nil {
			err = policy.Parse(p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return policy
}

// An element that was ours is entered and asked to register, unless the handlespace has an
// element of this identifier, or there is no address to ask.
func TestReclaim(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	silent := element(1, self, time.Minute)
	silent.ASAPTransport = nil
	b.editor.reclaim(b.now, "p", &silent)
	expect(t, describeAll(b.out.take()))
	pe := element(1, self, time.Minute)
	b.editor.reclaim(b.now, "p", &pe)
	expect(t, describeAll(b.out.take()), "taken over: p 0x00000001 claimed")
	e := b.hs.Find("p", 1)
	if e == nil || e.HomeID() != self || e.Association() != 0 || !b.hs.Deadline(e).Equal(b.now.Add(90*time.Second)) {
		t.Fatalf("%+v", e)
	}
	b.editor.reclaim(b.now, "p", &pe)
	contradiction := element(2, self, time.Minute)
	contradiction.Policy.Type = wire.Random
	b.editor.reclaim(b.now, "p", &contradiction)
	expect(t, describeAll(b.out.take()))
}

// A takeover moves all elements of the dead registrar, and no others. Peers are not told.
func TestTakeOverElements(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{})
	b.addPeer(1, idOther)
	for i := range wire.PEID(5) {
		b.addElement("p", i+1, []wire.ServerID{idPeer, idOther, self}[i%3])
	}
	b.takeovers.transfer(b.now, idPeer, self)
	expect(t, describeAll(b.Flush(b.now)), "taken over: p 0x00000001 claimed", "taken over: p 0x00000004 claimed")
	if b.hs.Owned(idPeer) != 0 || b.hs.Owned(self) != 3 || b.hs.Owned(idOther) != 2 {
		t.Errorf("%d, %d and %d elements", b.hs.Owned(idPeer), b.hs.Owned(self), b.hs.Owned(idOther))
	}
	if e := b.hs.Find("p", 1); e.Timer() != timerExpiry {
		t.Errorf("timer %v", e.Timer())
	}
	b.editor.remove(b.hs.Find("p", 2))
	expect(t, describeAll(b.Flush(b.now)))
}
