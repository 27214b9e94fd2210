package asapside

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// newCrowded returns a registrar with n elements of pool "p" over elementAssoc.
func newCrowded(t *testing.T, config Config, n int) (*Registrar, *handlespace.Handlespace) {
	t.Helper()
	config.ID = ownID
	r, hs := newRegistrarOf(config, handlespace.Config{})
	r.Step(steptest.Begin, step.Up{Assoc: elementAssoc, Peer: []netip.AddrPort{elementAddr}})
	for id := range wire.PEID(n) {
		r.Step(steptest.Begin, received{Assoc: elementAssoc, Message: registration("p", id+1, elementAddr)})
	}
	if hs.Len() != n {
		t.Fatalf("%d elements", hs.Len())
	}
	return r, hs
}

// countActions returns the number of actions of a type.
func countActions[A step.Action](actions []step.Action) (n int) {
	for _, a := range actions {
		if _, ok := a.(A); ok {
			n++
		}
	}
	return n
}

// orphans returns a registrar that has taken n elements over. All of them have the address of
// elementAddr.
func orphans(t *testing.T, config Config, n int) (*Registrar, *handlespace.Handlespace) {
	t.Helper()
	config.ID = ownID
	r, hs := newRegistrarOf(config, handlespace.Config{})
	for id := range wire.PEID(n) {
		pe := registration("p", id+1, elementAddr).PoolElement
		pe.HomeID = ownID
		pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{elementAddr.Addr()}}
		if _, _, err := hs.Register(steptest.Begin, "p", &pe, 0); err != nil {
			t.Fatal(err)
		}
	}
	return r, hs
}

// drain ticks until no work is left. No tick may remove, ask or dial more elements than a slice.
func drain(t *testing.T, r *Registrar, now time.Time, slice int) (actions []step.Action) {
	t.Helper()
	for range 1000 {
		d := r.Deadline()
		if d.IsZero() || d.Sub(now) > slicePause {
			return actions
		}
		if d.After(now) {
			now = d
		}
		got := r.Step(now, step.Tick{})
		if n := len(got); n > 2*slice {
			t.Fatalf("%d actions in a tick", n)
		}
		actions = append(actions, got...)
	}
	t.Fatal("the work does not end")
	return nil
}

const manyElements = 1000

// The end of an association with many elements is no single step. Each tick removes a slice.
func TestAssociationEndsInSlices(t *testing.T) {
	t.Parallel()
	const slice = 128 // The default.
	r, hs := newCrowded(t, Config{}, manyElements)
	if got := r.Step(steptest.Begin, step.Down{Assoc: elementAssoc}); len(got) > eventSlice {
		t.Fatalf("%d actions at the end of the association", len(got))
	}
	removed := manyElements - hs.Len()
	actions := drain(t, r, steptest.Begin, slice)
	if n := countActions[ElementRemoved](actions); hs.Len() != 0 || removed+n != manyElements || len(r.peers.byAssoc) != 0 {
		t.Errorf("%d elements are left, %d removals", hs.Len(), removed+n)
	}
}

// An element stays that registers over another association before it is removed. Until then,
// nothing is sent over the association that is down.
func TestElementReturnsBeforeItsRemoval(t *testing.T) {
	t.Parallel()
	r, hs := newCrowded(t, Config{}, manyElements)
	r.Step(steptest.Begin, step.Down{Assoc: elementAssoc})
	const late wire.PEID = 3 // Removals begin with element 1, and go on with the last.
	if hs.Find("p", late) == nil {
		t.Fatal("removed already")
	}
	actions := r.Step(steptest.Begin, Verify{Pool: "p", ID: late})
	r.Step(steptest.Begin, step.Up{Assoc: 9, Peer: []netip.AddrPort{elementAddr}})
	for i := range 3 {
		r.Step(steptest.Begin, step.Up{Assoc: step.AssocID(20 + i), Peer: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 9, byte(i)}), 1)}})
		actions = append(actions, r.Step(steptest.Begin, received{Assoc: step.AssocID(20 + i), Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: late}})...)
	}
	if n := countActions[step.Send](actions); n != 0 {
		t.Errorf("%d messages over an association that is down", n)
	}
	answer := r.Step(steptest.Begin, received{Assoc: 9, Message: registration("p", late, elementAddr)})
	if n := countActions[ElementMoved](answer); n != 0 {
		t.Error("the element has moved from an association that is down")
	}
	drain(t, r, steptest.Begin, 128)
	if e := hs.Find("p", late); hs.Len() != 1 || e == nil || e.Association() != 9 {
		t.Errorf("%d elements are left", hs.Len())
	}
}

// A timer that expires before the element is removed leads to its removal, and to no message.
func TestTimerExpiresBeforeRemoval(t *testing.T) {
	t.Parallel()
	r, hs := newCrowded(t, Config{Slice: 1}, 20)
	r.Step(steptest.Begin, step.Down{Assoc: elementAssoc})
	later := steptest.Begin.Add(time.Minute)
	if n := countActions[step.Send](drain(t, r, later, 8)); n != 0 || hs.Len() != 0 {
		t.Errorf("%d messages, %d elements are left", n, hs.Len())
	}
}

// Elements that cannot be reached are removed in slices, and so are elements at an association
// that ends before they answer.
func TestAdoptionsFailInSlices(t *testing.T) {
	t.Parallel()
	const slice = 128
	later := steptest.Begin.Add(time.Second)
	for _, tc := range []struct {
		name string
		end  func(r *Registrar, dial step.Dial) []step.Action
	}{
		{name: "no association", end: func(r *Registrar, dial step.Dial) []step.Action {
			return r.Step(steptest.Begin, step.DialFailed{Dial: dial.Dial})
		}},
		{name: "association down", end: func(r *Registrar, dial step.Dial) []step.Action {
			r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs})
			drain(t, r, steptest.Begin, slice)
			return r.Step(later, step.Down{Assoc: 9})
		}},
		{name: "association down before all are asked", end: func(r *Registrar, dial step.Dial) []step.Action {
			r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs})
			return r.Step(steptest.Begin, step.Down{Assoc: 9})
		}},
	} {
		r, hs := orphans(t, Config{}, manyElements)
		var dial step.Dial
		for id := range wire.PEID(manyElements) {
			for _, a := range r.Step(steptest.Begin, Adopt{Pool: "p", ID: id + 1, Ours: true}) {
				dial = a.(step.Dial)
			}
		}
		if got := tc.end(r, dial); len(got) > 2*eventSlice {
			t.Fatalf("%s: %d actions", tc.name, len(got))
		}
		drain(t, r, later, slice)
		if hs.Len() != 0 || len(r.adoptions.byElement) != 0 {
			t.Errorf("%s: %d elements and %d adoptions are left", tc.name, hs.Len(), len(r.adoptions.byElement))
		}
	}
}

// Elements at the same address are asked in slices.
func TestElementsAreAskedInSlices(t *testing.T) {
	t.Parallel()
	const slice = 128
	r, hs := orphans(t, Config{}, manyElements)
	var dial step.Dial
	for id := range wire.PEID(manyElements) {
		for _, a := range r.Step(steptest.Begin, Adopt{Pool: "p", ID: id + 1, Ours: true}) {
			dial = a.(step.Dial)
		}
	}
	asked := countActions[step.Send](r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs}))
	if asked > eventSlice {
		t.Fatalf("%d are asked at once", asked)
	}
	asked += countActions[step.Send](drain(t, r, steptest.Begin, slice))
	for id := range wire.PEID(manyElements) {
		r.Step(steptest.Begin, received{Assoc: 9, Message: &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: id + 1}})
	}
	if asked != manyElements || len(r.adoptions.byElement) != 0 || r.peers.find(9).elements != manyElements || hs.Len() != manyElements {
		t.Errorf("%d are asked, %d adoptions are left, %d elements over the association",
			asked, len(r.adoptions.byElement), r.peers.find(9).elements)
	}
}

// Suggested elements that wait for a dial are dialled in slices when it is over.
func TestElementsAreDialledInSlices(t *testing.T) {
	t.Parallel()
	r, hs := newRegistrar(ownID)
	suggest := func(id wire.PEID, at netip.AddrPort) []step.Action {
		pe := registration("p", id, at).PoolElement
		pe.HomeID = peerID
		pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{at.Addr()}}
		if _, _, err := hs.Register(steptest.Begin, "p", &pe, 0); err != nil {
			t.Fatal(err)
		}
		return r.Step(steptest.Begin, Adopt{Pool: "p", ID: id})
	}
	var dials []step.Action
	for i := range maxAdoptionDials {
		dials = append(dials, suggest(wire.PEID(i+1), netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 2000))...)
	}
	for i := range wire.PEID(manyElements) {
		suggest(1000+i, elementAddr)
	}
	if len(dials) != maxAdoptionDials || len(r.adoptions.waiting) != manyElements {
		t.Fatalf("%d dials, %d elements wait", len(dials), len(r.adoptions.waiting))
	}
	r.Step(steptest.Begin, step.DialFailed{Dial: dials[0].(step.Dial).Dial}) // Makes room for a dial.
	r.Step(steptest.Begin, step.DialFailed{Dial: dials[1].(step.Dial).Dial}) // Leaves a place.
	if n := len(r.adoptions.waiting); n != manyElements-1-eventSlice {
		t.Errorf("%d elements wait after a dial", n)
	}
	for n := len(r.adoptions.waiting); n > 0; n = len(r.adoptions.waiting) {
		r.Step(r.Deadline(), step.Tick{})
		if got := n - len(r.adoptions.waiting); got <= 0 || got > 128 {
			t.Fatalf("%d elements dialled in a tick", got)
		}
	}
}

// Timers that expire at the same time are handled in slices, and so are suggestions without an
// answer.
func TestTimersExpireInSlices(t *testing.T) {
	t.Parallel()
	const slice = 128
	r, hs := newCrowded(t, Config{}, manyElements)
	later := steptest.Begin.Add(10 * time.Minute)
	if got := r.Step(later, received{Assoc: elementAssoc, Message: &asapmsg.HandleResolution{PoolHandle: "p"}}); len(got) > 2*eventSlice {
		t.Errorf("%d actions of a resolution", len(got))
	}
	drain(t, r, later, slice)
	if hs.Len() != 0 {
		t.Errorf("%d elements are left", hs.Len())
	}
}

// A rival gets its element when the association of the holder is down, though many others are removed
// before. It gets a single answer, even if it repeats its registration meanwhile.
func TestRivalSucceedsInSlices(t *testing.T) {
	t.Parallel()
	for _, repeats := range []bool{false, true} {
		r, hs := newCrowded(t, Config{}, manyElements)
		const late wire.PEID = 3
		rival := netip.AddrPortFrom(elementAddr.Addr(), elementAddr.Port()+1)
		r.Step(steptest.Begin, step.Up{Assoc: 9, Peer: []netip.AddrPort{rival}})
		register := func() []step.Action {
			return r.Step(steptest.Begin, received{Assoc: 9, Message: registration("p", late, rival)})
		}
		actions := register()
		actions = append(actions, r.Step(steptest.Begin, step.Down{Assoc: elementAssoc})...)
		if hs.Find("p", late).Association() == 9 {
			t.Fatal("the rival has the element already")
		}
		if repeats {
			actions = append(actions, register()...)
		}
		actions = append(actions, drain(t, r, steptest.Begin, 128)...)
		actions = append(actions, drain(t, r, steptest.Begin.Add(2*contestPatience), 128)...)
		answers := 0
		for _, a := range actions {
			if s, ok := a.(step.Send); ok && s.Assoc == 9 {
				answers++
			}
		}
		if e := hs.Find("p", late); e == nil || e.Association() != 9 || hs.Len() != 1 || answers != 1 {
			t.Errorf("repeats %v: %d elements, %d answers", repeats, hs.Len(), answers)
		}
	}
}

// There is a pause between two slices of suggested elements that do not answer.
func TestSilentElementsAreGivenUpAtAPace(t *testing.T) {
	t.Parallel()
	const n, slice = 100, 10
	r, hs := orphans(t, Config{Slice: slice}, n)
	var dial step.Dial
	for e := range hs.Elements() {
		hs.SetOwner(e, peerID)
		for _, a := range r.Step(steptest.Begin, Adopt{Pool: "p", ID: e.ID()}) {
			dial = a.(step.Dial)
		}
	}
	r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs})
	drain(t, r, steptest.Begin, slice)
	now := steptest.Begin.Add(time.Minute)
	for left := n; left > slice; left -= slice {
		r.Step(now, step.Tick{})
		if got := len(r.adoptions.byElement); got != left-slice {
			t.Fatalf("%d adoptions are left of %d", got, left)
		}
		if d := r.Deadline(); !d.Equal(now.Add(slicePause)) {
			t.Fatalf("deadline %v with %d adoptions left, want %v", d.Sub(now), left-slice, slicePause)
		}
		now = now.Add(slicePause)
	}
}
