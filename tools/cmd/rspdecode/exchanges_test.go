package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/pingpong"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

var start = time.Unix(1_800_000_000, 0)

// pingAt returns a ping, or a pong from the other end.
func pingAt(t *testing.T, a *numbered, number int, isPong bool, ms int) *message {
	t.Helper()
	var m interface{ AppendBinary([]byte) ([]byte, error) } = &pingpong.Ping{MessageNo: uint64(number)}
	if isPong {
		m = &pingpong.Pong{MessageNo: uint64(number)}
	}
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &decode.Record{Message: dissect.Decode(dissect.PingPong, b), Time: start.Add(time.Duration(ms) * time.Millisecond)}
	return &message{r, a, !isPong}
}

// Each answer belongs to the oldest request with its subject, in its association and direction.
func TestExchanges(t *testing.T) {
	t.Parallel()
	e := newExchanges()
	a, b := new(numbered), new(numbered)
	for i, m := range []*message{
		pingAt(t, a, 1, false, 0), pingAt(t, a, 2, false, 1), pingAt(t, a, 1, false, 2), pingAt(t, b, 1, false, 3),
	} {
		if name, ok := e.ask(m); name != "PINGPONG_PING" || !ok {
			t.Errorf("message %d: %s, %v", i, name, ok)
		}
	}
	wrongWay := pingAt(t, a, 2, true, 5)
	wrongWay.fromOpener = true
	for i, test := range []struct {
		m    *message
		want int // ms; below 0: no answer
	}{
		{wrongWay, -1},
		{pingAt(t, a, 2, true, 10), 9},
		{pingAt(t, a, 2, true, 10), -1},
		{pingAt(t, a, 1, true, 12), 12},
		{pingAt(t, a, 1, true, 13), 11},
		{pingAt(t, a, 1, true, 14), -1},
		{pingAt(t, b, 1, true, 2), 0}, // The clock was set back.
		{pingAt(t, a, 3, false, 4), -1},
		{pingAt(t, nil, 3, true, 4), -1},
	} {
		got, ok := e.answer(test.m)
		if ok != (test.want >= 0) || ok && got.latency != time.Duration(test.want)*time.Millisecond {
			t.Errorf("answer %d: %v, %v, want %d ms", i, got.latency, ok, test.want)
		}
	}
	if e.waiting != 0 || len(e.pending) != 0 {
		t.Errorf("%d requests wait, %v", e.waiting, e.pending)
	}
}

// Requests without answers are forgotten, the oldest first.
func TestForgottenRequests(t *testing.T) {
	t.Parallel()
	e := newExchanges()
	a := &numbered{Opener: netip.MustParseAddrPort("192.0.2.1:1")}
	for i := range 3*maxPending + 1 {
		e.ask(pingAt(t, a, i, false, i))
		if i%2 == 0 {
			if _, ok := e.answer(pingAt(t, a, i, true, i)); !ok {
				t.Fatalf("request %d is forgotten", i)
			}
		}
	}
	if e.waiting != maxPending-1 || len(e.pending) != maxPending-1 || len(e.order) > 2*maxPending {
		t.Errorf("%d wait, %d in the map, %d in order", e.waiting, len(e.pending), len(e.order))
	}
	if _, ok := e.answer(pingAt(t, a, 1, true, 0)); ok {
		t.Error("the oldest request is not forgotten")
	}
	if _, ok := e.answer(pingAt(t, a, 3*maxPending-1, true, 0)); !ok {
		t.Error("the newest request is forgotten")
	}
}

// A summary lists a bounded number of associations, and counts the others.
func TestManyAssociations(t *testing.T) {
	t.Parallel()
	s := newSummary(nil, decode.New(), "text")
	for i := range maxLines + 20 {
		a := &numbered{Note: note{number: i + 1}}
		for _, m := range []*message{pingAt(t, a, 1, false, 0), pingAt(t, a, 1, true, 7)} {
			if err := s.write(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := s.totals()
	if len(got.Associations) != maxLines || got.MoreAssociations != 20 || len(got.Requests) != 1 {
		t.Fatalf("%d associations, %d more", len(got.Associations), got.MoreAssociations)
	}
	if r := got.Requests[0]; r.latencyRow != (latencyRow{maxLines + 20, 0, 7003, 7003, 7003}) {
		t.Errorf("%+v", r)
	}
}
