package enrp

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// livenessStates are all states with their names.
var livenessStates = []string{
	stateUnheard: "unheard", stateActive: "active", stateProbed: "probed",
	stateInactive: "inactive", stateTarget: "target", stateRelayed: "relayed",
}

// newLiveness returns a liveness in a state.
func newLiveness(state livenessState) *liveness {
	l := &liveness{state: state, deadline: steptest.Begin}
	switch state {
	case stateInactive:
		l.initiator = idOther
	case stateTarget:
		l.arbitration = &arbitration{awaited: []wire.ServerID{idOther}}
	}
	return l
}

// isConsistent reports whether the fields match the state.
func (l *liveness) isConsistent() bool {
	return (l.arbitration != nil) == (l.state == stateTarget) &&
		(l.initiator != 0 || l.state != stateInactive) &&
		(l.initiator == 0 || l.state == stateInactive || l.state == stateProbed) &&
		(l.claimant == 0 || l.state == stateProbed && l.initiator != 0)
}

// Every method leads from every state to the state of its name, and leaves nothing of the
// former state behind. A message that is no Presence does not stop a takeover.
func TestLivenessTransitions(t *testing.T) {
	t.Parallel()
	later := steptest.Begin.Add(time.Second)
	for _, tc := range []struct {
		name string
		do   func(*liveness)
		want livenessState
		keep []livenessState // that do not change
	}{
		{name: "expect", do: func(l *liveness) { l.expect(later) }, want: stateUnheard},
		{name: "hear", do: func(l *liveness) { l.hear(later) }, want: stateActive, keep: []livenessState{stateInactive, stateTarget}},
		{name: "activate", do: func(l *liveness) { l.activate(later) }, want: stateActive},
		{name: "probe", do: func(l *liveness) { l.probe(later, 0) }, want: stateProbed},
		{name: "probe for an initiator", do: func(l *liveness) { l.probe(later, idOther) }, want: stateProbed},
		{name: "deactivate", do: func(l *liveness) { l.deactivate(later, idOther) }, want: stateInactive},
		{name: "startArbitration", do: func(l *liveness) { l.startArbitration(later, &arbitration{}) }, want: stateTarget},
		{name: "relay", do: func(l *liveness) { l.relay(later) }, want: stateRelayed},
	} {
		for state, from := range livenessStates {
			l := newLiveness(livenessState(state))
			want, deadline := tc.want, later
			if slices.Contains(tc.keep, l.state) {
				want, deadline = l.state, l.deadline
			}
			tc.do(l)
			if l.state != want || !l.deadline.Equal(deadline) || !l.isConsistent() {
				t.Errorf("%s in state %s: %+v", tc.name, from, l)
			}
			if l.isActive() != (want == stateActive) || l.isUnheard() != (want == stateUnheard) {
				t.Errorf("%s in state %s: active %v, unheard %v", tc.name, from, l.isActive(), l.isUnheard())
			}
		}
	}
}

func TestLivenessIsDue(t *testing.T) {
	t.Parallel()
	l := &liveness{}
	if l.isDue(steptest.Begin) {
		t.Error("due without a deadline")
	}
	l.activate(steptest.Begin.Add(time.Second))
	for after, want := range map[time.Duration]bool{0: false, time.Second - 1: false, time.Second: true, time.Minute: true} {
		if l.isDue(steptest.Begin.Add(after)) != want {
			t.Errorf("after %v: not %v", after, want)
		}
	}
}

func TestArbitration(t *testing.T) {
	t.Parallel()
	a := &arbitration{awaited: []wire.ServerID{1, 2, 3, 4}}
	a.stopAwaiting(2)
	a.stopAwaiting(9) // Not awaited.
	a.stopAwaiting(2) // Twice.
	if !slices.Equal(a.awaited, []wire.ServerID{1, 3, 4}) || a.isAwaiting(2) || !a.isAwaiting(3) || a.isWon() {
		t.Errorf("%v are awaited", a.awaited)
	}
	a.retain(func(id wire.ServerID) bool { return id == 4 })
	if !slices.Equal(a.awaited, []wire.ServerID{4}) {
		t.Errorf("%v are awaited, want 4", a.awaited)
	}
	a.stopAwaiting(4)
	if !a.isWon() {
		t.Error("not won without peers")
	}
}
