package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
)

// TestTally plays pings and pongs at given times.
func TestTally(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	c := newTally(100 * time.Millisecond)
	for n := range 6 {
		c.ping(at(10 * n)) // The pings 1 to 6 at 0 to 50 ms.
	}
	c.ping(at(60))
	c.unping()
	for _, pong := range []struct {
		ms                 int
		messageNo, replyNo uint64
		want               pongNews
	}{
		{2, 1, 1, pongNews{roundTrip: 2 * time.Millisecond}},
		{3, 1, 2, pongNews{duplicate: true}},
		{111, 2, 3, pongNews{roundTrip: 101 * time.Millisecond, late: true}},
		{112, 7, 4, pongNews{strange: true}},
		{113, 0, 5, pongNews{strange: true}},
		{114, 3, 7, pongNews{roundTrip: 94 * time.Millisecond, gap: true, after: 5}},
	} {
		if got := c.pong(at(pong.ms), pong.messageNo, pong.replyNo); got != pong.want {
			t.Errorf("pong at %d ms: got %+v, want %+v", pong.ms, got, pong.want)
		}
	}
	c.failover(at(120))
	c.failover(at(130)) // The next element dies before a pong.
	if got, want := c.pong(at(145), 4, 8), (pongNews{roundTrip: 115 * time.Millisecond, late: true, pause: 31 * time.Millisecond}); got != want {
		t.Errorf("after the failovers: got %+v, want %+v", got, want)
	}
	got := c.summary(at(145))
	if got.P50 < 90 || got.P50 > 105 || got.Max < 114 || got.Max > 116 {
		t.Errorf("round trips: %+v", got)
	}
	got.P50, got.P90, got.P99, got.Max = 0, 0, 0, 0
	want := Summary{Pings: 6, Pongs: 4, Lost: 1, Waiting: 1, Late: 2, Duplicates: 1, Strange: 2, Failovers: 2, MaxPause: 31, Gaps: 1}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if n := c.pongs(); n != 7 {
		t.Errorf("%d pongs in all", n)
	}
}

// TestWindow asserts that pongs for pings before the window change nothing but their own count.
func TestWindow(t *testing.T) {
	t.Parallel()
	c := newTally(time.Second)
	start := time.Now()
	for range window + 10 {
		c.ping(start)
	}
	if news := c.pong(start, 10, 1); !news.strange {
		t.Errorf("got %+v for a ping before the window", news)
	}
	if news := c.pong(start, 11, 2); news.strange || news.duplicate {
		t.Errorf("got %+v for the first ping of the window", news)
	}
	if s := c.summary(start.Add(time.Minute)); s.Lost != window+9 {
		t.Errorf("%d lost", s.Lost)
	}
}

func TestSummaryLines(t *testing.T) {
	t.Parallel()
	s := Summary{Pings: 9, Pongs: 8, Waiting: 1, Late: 2, Duplicates: 1, Failovers: 1, MaxPause: 12.5, P50: 0.25, P90: 1, P99: 2, Max: 12.5}
	want := []string{
		"9 pings, 8 pongs, 0 lost, 1 failover, 0 gaps",
		"1 without a pong yet, 2 late, 1 duplicate, 0 for no ping",
		"round trip p50 0.250 ms, p90 1.000 ms, p99 2.000 ms, max 12.500 ms",
		"longest pause of a failover 12.500 ms",
	}
	if got := s.lines(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestJSON asserts that each event is an object.
func TestJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := newOutput(nil, &out, true, false)
	now := time.Now()
	o.session("TestPool", 1)
	o.pong(now, 1, 4, 6, pongNews{roundTrip: time.Millisecond, late: true, pause: time.Second, gap: true, after: 4})
	o.failover(now, 1, &asap.FailoverError{From: 1, To: 2, StateRestored: true})
	var got []string
	for line := range strings.Lines(out.String()) {
		var ev map[string]any
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatal(err)
		}
		delete(ev, "time")
		text, err := json.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	want := []string{
		`{"element":"0x00000001","event":"session","pool":"TestPool"}`,
		`{"element":"0x00000001","event":"pong","late":true,"message":4,"pause_ms":1000,"reply":6,"round_trip_ms":1}`,
		`{"after":4,"element":"0x00000001","event":"gap","reply":6}`,
		`{"element":"0x00000002","event":"failover","failover":1,"from":"0x00000001","state_restored":true}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
