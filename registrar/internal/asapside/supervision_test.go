package asapside

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

const elementAssoc step.AssocID = 7

var elementAddr = netip.MustParseAddrPort("10.0.0.7:2000")

// newSupervised returns a registrar with element 1 of pool "p" over elementAssoc, and user
// associations 1, 2, ... on hosts of their own.
func newSupervised(t *testing.T, config Config, life time.Duration, users int) (*Registrar, *handlespace.Handlespace) {
	t.Helper()
	config.ID = ownID
	r, hs := newRegistrarOf(config, handlespace.Config{})
	for i := range users {
		host := netip.AddrFrom4([4]byte{10, 1, 0, byte(i)})
		r.Step(steptest.Begin, step.Up{Assoc: step.AssocID(i + 1), Peer: []netip.AddrPort{netip.AddrPortFrom(host, 2000)}})
	}
	r.Step(steptest.Begin, step.Up{Assoc: elementAssoc, Peer: []netip.AddrPort{elementAddr}})
	m := registration("p", 1, elementAddr)
	m.PoolElement.RegistrationLife = life
	r.Step(steptest.Begin, received{Assoc: elementAssoc, Message: m})
	if hs.Find("p", 1) == nil {
		t.Fatal("not registered")
	}
	return r, hs
}

func report(assoc step.AssocID) received {
	return received{Assoc: assoc, Message: &asapmsg.EndpointUnreachable{PoolHandle: "p", PEID: 1}}
}

func ack(assoc step.AssocID) received {
	return received{Assoc: assoc, Message: &asapmsg.EndpointKeepAliveAck{PoolHandle: "p", PEID: 1}}
}

// TestTimerCodes shows that the timers differ from each other, and from the timer of package
// enrp.
func TestTimerCodes(t *testing.T) {
	t.Parallel()
	codes := map[handlespace.TimerCode]bool{0: true, timerExpiry: true}
	for _, code := range []handlespace.TimerCode{timerKeepAlive, timerAck, timerReports} {
		if codes[code] {
			t.Errorf("code %d has two meanings", code)
		}
		codes[code] = true
	}
}

// TestKeepAliveJitter shows that keep-alives come up to a quarter earlier than the interval.
func TestKeepAliveJitter(t *testing.T) {
	t.Parallel()
	const interval = 8 * time.Second
	r, hs := newSupervised(t, Config{KeepAliveInterval: interval}, 0, 0)
	e := hs.Find("p", 1)
	now := steptest.Begin
	shortest, longest := interval, time.Duration(0)
	for range 1000 {
		now = now.Add(time.Millisecond)
		r.Step(now, ack(elementAssoc))
		pause := hs.Deadline(e).Sub(now)
		shortest, longest = min(shortest, pause), max(longest, pause)
	}
	if shortest < interval*3/4 || shortest > interval*7/8 || longest > interval || longest < interval*7/8 {
		t.Errorf("keep-alives after %v to %v", shortest, longest)
	}
}

// TestTimersWithinLife shows that no timer of an element goes beyond its registration life.
func TestTimersWithinLife(t *testing.T) {
	t.Parallel()
	for _, life := range []time.Duration{time.Millisecond, time.Second, 3 * time.Second, 6 * time.Second, 0} {
		r, hs := newSupervised(t, Config{}, life, 0)
		e := hs.Find("p", 1)
		end := steptest.Begin.Add(life)
		if life == 0 || life > 5*time.Second {
			r.Step(hs.Deadline(e), step.Tick{}) // The keep-alive, which is not acknowledged.
		}
		d := hs.Deadline(e)
		if life != 0 && d != end {
			t.Errorf("life %v: timer %d at %v", life, e.Timer(), d.Sub(steptest.Begin))
		}
		var reason RemoveReason
		for _, a := range r.Step(d, step.Tick{}) {
			if a, ok := a.(ElementRemoved); ok {
				reason = a.Reason
			}
		}
		want := RemovedLife
		if life == 0 {
			want = RemovedKeepAlive
		}
		if reason != want {
			t.Errorf("life %v: removed because of %q, want %q", life, reason, want)
		}
	}
}

// TestReportGrace shows the time that an element has to acknowledge after reports: a tenth of
// the timeout of keep-alives, and at the most a quarter of a second.
func TestReportGrace(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]time.Duration{
		500 * time.Millisecond: 50 * time.Millisecond,
		2 * time.Second:        200 * time.Millisecond,
		5 * time.Second:        maxReportGrace,
		time.Minute:            maxReportGrace,
	} {
		t.Run(fmt.Sprint(timeout), func(t *testing.T) {
			t.Parallel()
			r, hs := newSupervised(t, Config{KeepAliveTimeout: timeout}, 0, 3)
			for user := range step.AssocID(3) {
				r.Step(steptest.Begin, report(user+1))
			}
			if got := r.Deadline().Sub(steptest.Begin); got != want {
				t.Errorf("deadline in %v, want %v", got, want)
			}
			r.Step(steptest.Begin.Add(want-1), step.Tick{})
			if hs.Find("p", 1) == nil {
				t.Fatal("removed before the time")
			}
			r.Step(steptest.Begin.Add(want), step.Tick{})
			if hs.Find("p", 1) != nil {
				t.Error("not removed")
			}
		})
	}
}

// TestReportsAreVoid has another registrar take an element over that users have reported.
// The reports are forgotten, also if the element is removed there.
func TestReportsAreVoid(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*handlespace.Handlespace){
		"moved": func(hs *handlespace.Handlespace) { hs.SetOwner(hs.Find("p", 1), peerID) },
		"gone":  func(hs *handlespace.Handlespace) { hs.Remove(hs.Find("p", 1)) },
	} {
		r, hs := newSupervised(t, Config{}, time.Minute, 1)
		r.Step(steptest.Begin, report(1))
		r.Step(steptest.Begin, Verify{Pool: "p", ID: 1})
		if len(r.supervision.reports) != 1 || len(r.supervision.verifying) != 1 {
			t.Fatalf("%s: %d reports, %d verifications", name, len(r.supervision.reports), len(r.supervision.verifying))
		}
		change(hs)
		if len(r.supervision.reports) != 0 || len(r.supervision.verifying) != 0 {
			t.Errorf("%s: %d reports and %d verifications are left", name, len(r.supervision.reports), len(r.supervision.verifying))
		}
	}
}

// TestVerify shows that an element that another registrar claims is asked, and that its
// acknowledgement is told once.
func TestVerify(t *testing.T) {
	t.Parallel()
	r, _ := newSupervised(t, Config{}, time.Minute, 0)
	if actions := r.Step(steptest.Begin, Verify{Pool: "p", ID: 2}); len(actions) != 0 {
		t.Errorf("actions %v for an unknown element", actions)
	}
	actions := r.Step(steptest.Begin, Verify{Pool: "p", ID: 1})
	if len(actions) != 1 {
		t.Fatalf("actions %v, want a keep-alive", actions)
	}
	if m, ok := actions[0].(step.Send).Message.(*asapmsg.EndpointKeepAlive); !ok || m.Home || m.PEID != 1 {
		t.Errorf("message %v, want a keep-alive", actions[0])
	}
	if actions := r.Step(steptest.Begin, Verify{Pool: "p", ID: 1}); len(actions) != 0 {
		t.Errorf("actions %v while the element is asked", actions)
	}
	actions = r.Step(steptest.Begin, ack(elementAssoc))
	if len(actions) != 1 || actions[0] != (ElementVerified{Pool: "p", ID: 1}) {
		t.Errorf("actions %v, want the verification", actions)
	}
	if actions := r.Step(steptest.Begin, ack(elementAssoc)); len(actions) != 0 {
		t.Errorf("actions %v of another acknowledgement", actions)
	}
}

// TestVerifyOthers shows that only elements of this registrar are verified.
func TestVerifyOthers(t *testing.T) {
	t.Parallel()
	for name, home := range map[string]wire.ServerID{"another registrar's": peerID, "an orphan": ownID} {
		r, hs := newRegistrar(ownID)
		pe := registration("p", 1, elementAddr).PoolElement
		pe.HomeID = home
		if _, _, err := hs.Register(steptest.Begin, "p", &pe, 0); err != nil {
			t.Fatal(err)
		}
		if actions := r.Step(steptest.Begin, Verify{Pool: "p", ID: 1}); len(actions) != 0 || len(r.supervision.verifying) != 0 {
			t.Errorf("%s: actions %v", name, actions)
		}
	}
}
