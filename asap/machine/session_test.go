package machine

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// actionIn returns the action of type A among actions.
func actionIn[A step.Action](t *testing.T, actions []step.Action) (a A) {
	t.Helper()
	for _, x := range actions {
		if a, ok := x.(A); ok {
			return a
		}
	}
	t.Fatalf("no %T in %v", a, actions)
	return a
}

func candidates(ids ...wire.PEID) Candidates {
	var c Candidates
	for _, id := range ids {
		c.Elements = append(c.Elements, wire.PoolElement{ID: id})
	}
	return c
}

// TestSessionPause shows that pauses double up to the maximum, vary by up to a half, and are
// short again after a stable session.
func TestSessionPause(t *testing.T) {
	t.Parallel()
	config := SessionConfig{RetryInterval: time.Second, RetryIntervalMax: 5 * time.Second}
	s := NewSession(config, seeded())
	now := steptest.Begin
	s.Step(now, Start{})
	wait := func(most time.Duration) {
		t.Helper()
		s.Step(now, NoCandidates{})
		if pause := s.Deadline().Sub(now); pause < most/2 || pause >= most*3/2 {
			t.Errorf("pause of %v, want %v more or less a half", pause, most)
		}
		now = s.Deadline()
		actionIn[LookUp](t, s.Step(now, step.Tick{}))
	}
	for _, most := range []time.Duration{1, 2, 4, 5, 5} {
		wait(most * time.Second)
	}
	// A session that is lost at once is not stable.
	s.Step(now, candidates(1))
	s.Step(now, Connected{})
	s.Step(now, Lost{Orderly: true})
	wait(5 * time.Second)
	s.Step(now, candidates(1))
	s.Step(now, Connected{})
	now = now.Add(5 * time.Second)
	s.Step(now, Lost{Orderly: true})
	wait(time.Second)
}

// TestSessionOldAnswer shows that a list of candidates is used for a while only.
func TestSessionOldAnswer(t *testing.T) {
	t.Parallel()
	for age, isOld := range map[time.Duration]bool{answerLife: false, answerLife + 1: true} {
		s := NewSession(SessionConfig{}, seeded())
		now := steptest.Begin
		s.Step(now, Start{})
		if a := actionIn[Connect](t, s.Step(now, candidates(1, 2))); a.Element.ID != 1 {
			t.Fatalf("connect to %v", a.Element.ID)
		}
		actions := s.Step(now.Add(age), ConnectFailed{})
		if a := actionIn[Report](t, actions); a.ID != 1 {
			t.Errorf("%v is reported", a.ID)
		}
		if isOld {
			if a := actionIn[LookUp](t, actions); a.Items != 2 {
				t.Errorf("%d elements are looked up", a.Items)
			}
		} else if a := actionIn[Connect](t, actions); a.Element.ID != 2 {
			t.Errorf("connect to %v", a.Element.ID)
		}
	}
}

// TestSessionFailedElements shows that an element that has failed is not tried again before a
// pause.
func TestSessionFailedElements(t *testing.T) {
	t.Parallel()
	s := NewSession(SessionConfig{}, seeded())
	now := steptest.Begin
	s.Step(now, Start{})
	s.Step(now, candidates(1, 2, 3))
	s.Step(now, ConnectFailed{})
	s.Step(now, Connected{}) // With element 2.
	actionIn[LookUp](t, s.Step(now, Lost{}))
	if a := actionIn[Connect](t, s.Step(now, candidates(1, 2, 3))); a.Element.ID != 3 {
		t.Errorf("connect to %v", a.Element.ID)
	}
	if actions := s.Step(now, ConnectFailed{}); len(actions) != 1 || s.Deadline().IsZero() {
		t.Fatalf("actions %v, want a report and a pause", actions)
	}
	now = s.Deadline()
	if a := actionIn[LookUp](t, s.Step(now, step.Tick{})); a.Items != 1 {
		t.Errorf("%d elements are looked up after the pause", a.Items)
	}
	if a := actionIn[Connect](t, s.Step(now, candidates(1, 2, 3))); a.Element.ID != 1 {
		t.Errorf("connect to %v after the pause", a.Element.ID)
	}
}

// TestSessionStrayEvents shows that events that do not fit the state of a session do nothing.
func TestSessionStrayEvents(t *testing.T) {
	t.Parallel()
	stray := func(s *Session, events ...step.Event) {
		t.Helper()
		for _, ev := range events {
			if actions := s.Step(steptest.Begin, ev); len(actions) != 0 {
				t.Errorf("%T in state %d: actions %v", ev, s.state, actions)
			}
		}
	}
	s := NewSession(SessionConfig{Manual: true}, seeded())
	stray(s, candidates(1), NoCandidates{}, Connected{}, ConnectFailed{}, Lost{}, Failover{}, step.Tick{}, CookieReceived{})
	s.Step(steptest.Begin, Start{})
	stray(s, Start{}, Connected{}, ConnectFailed{}, Lost{}, Failover{}, step.Tick{})
	s.Step(steptest.Begin, candidates(1, 2))
	stray(s, Start{}, candidates(3), NoCandidates{}, Lost{}, Failover{}, step.Tick{})
	s.Step(steptest.Begin, Connected{})
	stray(s, Start{}, candidates(3), NoCandidates{}, Connected{}, ConnectFailed{}, step.Tick{})
	s.Step(steptest.Begin, Lost{})
	stray(s, Start{}, candidates(3), NoCandidates{}, Connected{}, ConnectFailed{}, Lost{}, step.Tick{})
}
