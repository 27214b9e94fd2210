package client

import (
	"testing"
	"time"
)

// TestLatencyCountsFromDueTime asserts that a target that stands still delays all questions of that time.
func TestLatencyCountsFromDueTime(t *testing.T) {
	tally := newTally(3)
	start := time.Now()
	for i := range 100 {
		tally.noteQuestion(start.Add(time.Duration(i) * 10 * time.Millisecond))
	}
	for range 100 {
		tally.noteAnswer(start.Add(time.Second), 3)
	}
	// The latencies are 10 ms, 20 ms, ..., 1 s.
	r := tally.report(102)
	for _, c := range []struct {
		name      string
		got, want int64
	}{{"p50", r.P50, 500_000}, {"p99", r.P99, 990_000}, {"max", r.Max, 1_000_000}} {
		if c.got < c.want*999/1000 || c.got > c.want*1001/1000 {
			t.Errorf("%s is %d us, want %d", c.name, c.got, c.want)
		}
	}
	if r.Questions != 102 || r.Lost != 2 || r.Elements != 3 {
		t.Errorf("%+v", r)
	}
}

// TestEndOfAssociation asserts that the open questions are lost with their association.
func TestEndOfAssociation(t *testing.T) {
	tally := newTally(3)
	now := time.Now()
	for range 3 {
		tally.noteQuestion(now)
	}
	tally.noteAnswer(now, 2)
	tally.giveUp()
	tally.noteAnswer(now, 1) // Nobody has asked.
	if r := tally.report(3); r.Lost != 2 || r.Associations != 1 || r.Elements != 2 {
		t.Errorf("%+v", r)
	}
}

func TestNoAnswer(t *testing.T) {
	if r := newTally(3).report(5); r.Lost != 5 || r.Elements != 0 {
		t.Errorf("%+v", r)
	}
}

func TestWorse(t *testing.T) {
	a := Report{Questions: 1, Lost: 2, Associations: 3, Elements: 3, P50: 1, P99: 9, Max: 9}
	b := Report{Questions: 10, Lost: 20, Associations: 30, Elements: 2, P50: 2, P99: 8, Max: 10}
	want := Report{Questions: 11, Lost: 22, Associations: 33, Elements: 2, P50: 2, P99: 9, Max: 10}
	if a.Worse(b) != want || b.Worse(a) != want {
		t.Errorf("%+v and %+v, want %+v", a.Worse(b), b.Worse(a), want)
	}
}
