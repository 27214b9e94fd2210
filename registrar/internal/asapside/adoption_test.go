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

// A peer that suggests elements and takes them back again does not fill the memory with
// adoptions.
func TestSuggestionsTakenBack(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	r, hs := newRegistrar(0xabc)
	const stay = 100
	for i := range 10_000 {
		at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 2000)
		pe := registration("p", wire.PEID(i+1), at).PoolElement
		pe.HomeID = 0xdef
		pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}}
		e, _, err := hs.Register(now, "p", &pe, 0)
		if err != nil {
			t.Fatal(err)
		}
		r.Step(now, Adopt{Pool: "p", ID: pe.ID})
		if i >= stay {
			hs.Remove(e)
		}
	}
	a := &r.adoptions
	if most := 2*stay + maxAdoptionDials; len(a.waiting) > most || len(a.byElement) > most {
		t.Errorf("%d elements wait to be asked, %d are to be adopted", len(a.waiting), len(a.byElement))
	}
	if len(a.waiting)+len(a.dialing) < stay {
		t.Errorf("%d elements wait to be asked", len(a.waiting))
	}
}

// Elements that are asked over and over again, and do not answer, leave nothing behind over
// an association that stays for others.
func TestAskedAgainAndAgain(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	r, hs := newRegistrar(0xabc)
	const assoc = 1
	at := netip.MustParseAddrPort("10.0.0.7:2000")
	for id := range wire.PEID(3) {
		pe := registration("p", id+1, at).PoolElement
		pe.RegistrationLife = 0
		var over handlespace.Association
		if id == 0 {
			over, pe.HomeID = assoc, 0xabc
		} else {
			pe.HomeID = 0xdef
			pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}}
		}
		if _, _, err := hs.Register(now, "p", &pe, over); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	for range 1000 {
		for id := range wire.PEID(2) {
			for _, a := range r.Step(now, Adopt{Pool: "p", ID: id + 2}) {
				if dial, ok := a.(step.Dial); ok {
					asked++
					r.Step(now, step.Up{Assoc: assoc, Dial: dial.Dial, Peer: dial.Addrs})
				}
			}
		}
		now = now.Add(time.Minute)
		r.Step(now, step.Tick{})
	}
	if n := len(r.adoptions.asked[assoc]); asked != 2000 || n > 8 {
		t.Errorf("of %d that have been asked, %d are remembered", asked, n)
	}
}

// TestOwnElementGone shows that the adoption of an element of ours ends with the element,
// also if another registrar removes it while the question is under way.
func TestOwnElementGone(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*handlespace.Handlespace){
		"at once": func(hs *handlespace.Handlespace) { hs.Remove(hs.Find("p", 1)) },
		"later": func(hs *handlespace.Handlespace) {
			hs.SetOwner(hs.Find("p", 1), peerID)
			hs.Remove(hs.Find("p", 1))
		},
	} {
		r, hs := newRegistrar(ownID)
		pe := registration("p", 1, elementAddr).PoolElement
		pe.HomeID = ownID
		pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{elementAddr.Addr()}}
		if _, _, err := hs.Register(steptest.Begin, "p", &pe, 0); err != nil {
			t.Fatal(err)
		}
		dial := r.Step(steptest.Begin, Adopt{Pool: "p", ID: 1, Ours: true})[0].(step.Dial)
		r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs})
		if a := r.adoptions.byElement[elementKey{"p", 1}]; a == nil || a.assoc != 9 {
			t.Fatalf("%s: adoption %+v", name, a)
		}
		change(hs)
		if n := len(r.adoptions.byElement); n != 0 {
			t.Errorf("%s: %d adoptions are left", name, n)
		}
		if actions := r.Step(steptest.Begin, ack(9)); len(actions) != 0 {
			t.Errorf("%s: actions %v of a late acknowledgement", name, actions)
		}
	}
}

// TestAdoptionEndsWithElement has an element register by itself and take its leave while it is
// asked. The association of the question is left alone, since no answer is missing.
func TestAdoptionEndsWithElement(t *testing.T) {
	t.Parallel()
	r, hs := newRegistrar(ownID)
	pe := registration("p", 1, elementAddr).PoolElement
	pe.HomeID = peerID
	pe.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{elementAddr.Addr()}}
	if _, _, err := hs.Register(steptest.Begin, "p", &pe, 0); err != nil {
		t.Fatal(err)
	}
	dial := r.Step(steptest.Begin, Adopt{Pool: "p", ID: 1})[0].(step.Dial)
	r.Step(steptest.Begin, step.Up{Assoc: 9, Dial: dial.Dial, Peer: dial.Addrs})
	due := r.Deadline()
	r.Step(steptest.Begin, step.Up{Assoc: elementAssoc, Peer: []netip.AddrPort{elementAddr}})
	r.Step(steptest.Begin, received{Assoc: elementAssoc, Message: registration("p", 1, elementAddr)})
	r.Step(steptest.Begin, received{Assoc: elementAssoc, Message: &asapmsg.Deregistration{PoolHandle: "p", PEID: 1}})
	if hs.Len() != 0 || due.IsZero() {
		t.Fatalf("%d elements, the answer is due at %v", hs.Len(), due)
	}
	if actions := r.Step(due, step.Tick{}); len(actions) != 0 {
		t.Errorf("actions %v when the answer would be due", actions)
	}
}
