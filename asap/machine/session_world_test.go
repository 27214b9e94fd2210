package machine

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// sessionWorld is a session with the pool and the element around it. As a machine, it checks
// the invariants of the session after each step.
type sessionWorld struct {
	*steptest.Driver
	session *Session
	up      bool      // between Ready and Broken
	wasUp   bool      // there was a Ready
	current wire.PEID // of the last Connect
	cookie  []byte    // the last
}

func newSessionWorld(t testing.TB, random *rand.Rand) *sessionWorld {
	w := &sessionWorld{session: NewSession(SessionConfig{Manual: random.IntN(2) == 0}, seeded())}
	w.Driver = &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: w, Act: func(step.Action) {}}
	return w
}

// Step takes an event.
func (w *sessionWorld) Step(now time.Time, ev step.Event) []step.Action {
	if ev, ok := ev.(CookieReceived); ok {
		w.cookie = ev.Cookie
	}
	actions := w.session.Step(now, ev)
	for i, a := range actions {
		w.checkAction(a, actions[:i])
	}
	w.checkInvariants(now)
	if w.T.Failed() {
		w.T.Fatalf("after %#v", ev)
	}
	return actions
}

// Deadline returns the deadline of the session.
func (w *sessionWorld) Deadline() time.Time { return w.session.Deadline() }

// event draws the next event.
func (w *sessionWorld) event() step.Event {
	switch w.Random.IntN(9) {
	case 0:
		return Start{}
	case 1:
		return Candidates{Elements: w.elements()}
	case 2:
		return NoCandidates{}
	case 3, 4:
		return Connected{}
	case 5:
		return ConnectFailed{}
	case 6:
		return Lost{Orderly: w.Random.IntN(2) == 0}
	case 7:
		return CookieReceived{Cookie: []byte{byte(w.Random.IntN(256))}}
	}
	return Failover{Works: w.Random.IntN(2) == 0}
}

// elements returns a few elements of few, and now and then many.
func (w *sessionWorld) elements() []wire.PoolElement {
	number, of := w.Random.IntN(4), 6
	if w.Random.IntN(8) == 0 {
		number, of = 200, 256
	}
	var list []wire.PoolElement
	first := w.Random.IntN(of)
	for i := range number {
		list = append(list, wire.PoolElement{ID: wire.PEID(1 + (first+i)%of)})
	}
	return list
}

// checkAction checks an action, with the earlier actions of the same step.
func (w *sessionWorld) checkAction(a step.Action, earlier []step.Action) {
	s := w.session
	switch a := a.(type) {
	case LookUp:
		if a.Items != uint32(1+len(s.failed)) {
			w.T.Errorf("%d elements are looked up, %d have failed", a.Items, len(s.failed))
		}
	case Connect:
		w.current = a.Element.ID
		if w.up || slices.Contains(s.failed, a.Element.ID) {
			w.T.Errorf("connect to %v, up %v, failed %v", a.Element.ID, w.up, s.failed)
		}
	case EchoCookie:
		if w.cookie == nil || !bytes.Equal(a.Cookie, w.cookie) {
			w.T.Errorf("cookie %x is echoed, the last is %x", a.Cookie, w.cookie)
		}
	case Ready:
		echoes := slices.ContainsFunc(earlier, func(e step.Action) bool { _, ok := e.(EchoCookie); return ok })
		if w.up || a.Element != w.current || a.Failover != w.wasUp || a.Cookie != (w.cookie != nil) || a.Cookie != echoes {
			w.T.Errorf("%+v at %v, up %v, was up %v, echoed %v", a, w.current, w.up, w.wasUp, echoes)
		}
		w.up, w.wasUp = true, true
	case Broken:
		if !w.up || a.Element != w.current || a.Cookie != (w.cookie != nil) {
			w.T.Errorf("%+v at %v, up %v", a, w.current, w.up)
		}
		w.up = false
	case Disconnect:
		if !w.up {
			w.T.Error("disconnected without a session")
		}
	case Report:
		if w.up || a.ID != w.current {
			w.T.Errorf("%v is reported, up %v at %v", a.ID, w.up, w.current)
		}
	default:
		w.T.Errorf("action %T", a)
	}
}

// checkInvariants checks the properties that hold after a step whatever has happened before.
func (w *sessionWorld) checkInvariants(now time.Time) {
	s := w.session
	if w.up != (s.state == sessionConnected) {
		w.T.Errorf("up %v in state %d", w.up, s.state)
	}
	if d := s.Deadline(); d.IsZero() == (s.state == sessionWaiting) || !d.IsZero() && !d.After(now) {
		w.T.Errorf("deadline %v in state %d", d.Sub(now), s.state)
	}
	if s.state == sessionBroken && !s.config.Manual {
		w.T.Error("waits for the user")
	}
	if len(s.failed) > maxFailed || s.state == sessionWaiting && len(s.failed) > 0 {
		w.T.Errorf("%d elements are remembered as failed in state %d", len(s.failed), s.state)
	}
	if s.pause < s.config.RetryInterval || s.pause > s.config.RetryIntervalMax {
		w.T.Errorf("pause %v", s.pause)
	}
}
