package main

import (
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// window is the number of the latest pings whose pongs are told apart: as first, late or repeated.
const window = 1 << 14

// The range of round trips in microseconds, and the digits to which they are kept.
const (
	maxRoundTrip = int64(time.Hour / time.Microsecond)
	digits       = 3
)

// A tally counts pings and pongs. Its methods may be called by several goroutines.
type tally struct {
	late time.Duration // A pong is late when its round trip takes longer.

	mu         sync.Mutex // guards the fields below
	sent       uint64
	pings      [window]sentPing // the ping with number n at n%window
	counts     counts
	roundTrips *hdrhistogram.Histogram

	lastNo   uint64    // reply number of the last pong
	lastPong time.Time // of the session
	pausing  bool      // There was no pong since the failover.
}

// sentPing is a ping.
type sentPing struct {
	at       time.Time
	answered bool
}

// counts are the numbers of a session.
type counts struct {
	pongs      uint64 // that answer a ping, without repetitions
	late       uint64 // of the pongs
	duplicates uint64 // pongs that answer a ping again
	strange    uint64 // pongs that answer no ping, or a ping before the window
	gaps       int    // in the reply numbers
	failovers  int
	maxPause   time.Duration
}

// pongNews is what a pong tells.
type pongNews struct {
	roundTrip time.Duration // 0: not known
	late      bool
	duplicate bool
	strange   bool
	after     uint64        // the reply number before a gap
	gap       bool          // in the reply numbers
	pause     time.Duration // between the last pong before a failover and the first pong after it; 0: no failover
}

func newTally(late time.Duration) *tally {
	return &tally{late: late, roundTrips: hdrhistogram.New(1, maxRoundTrip, digits)}
}

// next returns the number of the next ping.
func (t *tally) next() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent + 1
}

// ping counts the next ping, which is sent now. A pong can arrive before Send returns, so pings are
// counted before they are sent.
func (t *tally) ping(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent++
	t.pings[t.sent%window] = sentPing{at: now}
}

// unping takes the last ping back, which was not sent.
func (t *tally) unping() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent--
}

// pong counts a pong.
func (t *tally) pong(now time.Time, messageNo, replyNo uint64) (news pongNews) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if replyNo-t.lastNo != 1 {
		t.counts.gaps++
		news.gap, news.after = true, t.lastNo
	}
	t.lastNo = replyNo
	if t.pausing {
		news.pause = now.Sub(t.lastPong)
		t.counts.maxPause = max(t.counts.maxPause, news.pause)
		t.pausing = false
	}
	t.lastPong = now
	t.answer(now, messageNo, &news)
	return news
}

// answer counts the answer to a ping. The caller has the lock.
func (t *tally) answer(now time.Time, messageNo uint64, news *pongNews) {
	if messageNo == 0 || messageNo > t.sent || t.sent-messageNo >= window {
		t.counts.strange++
		news.strange = true
		return
	}
	ping := &t.pings[messageNo%window]
	if ping.answered {
		t.counts.duplicates++
		news.duplicate = true
		return
	}
	ping.answered = true
	t.counts.pongs++
	news.roundTrip = now.Sub(ping.at)
	_ = t.roundTrips.RecordValue(min(max(news.roundTrip.Microseconds(), 1), maxRoundTrip)) // It is within the range.
	if news.late = news.roundTrip > t.late; news.late {
		t.counts.late++
	}
}

// failover counts a failover. Its pause began with the last pong, or with the session.
func (t *tally) failover(now time.Time) (number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.failovers++
	if !t.pausing {
		t.pausing = true
		if t.lastPong.IsZero() {
			t.lastPong = now
		}
	}
	return t.counts.failovers
}

// pongs returns the number of pongs, of any kind.
func (t *tally) pongs() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts.pongs + t.counts.duplicates + t.counts.strange
}

// Summary has the numbers of a session. Times are in milliseconds.
type Summary struct {
	Pings uint64 `json:"pings"`
	// Pongs answer different pings.
	Pongs uint64 `json:"pongs"`
	// Lost pings were sent longer ago than a pong may take, and have no pong.
	Lost uint64 `json:"lost"`
	// Waiting pings were sent later, and have no pong yet.
	Waiting    uint64  `json:"waiting"`
	Late       uint64  `json:"late"`
	Duplicates uint64  `json:"duplicates"`
	Strange    uint64  `json:"strange"`
	Failovers  int     `json:"failovers"`
	MaxPause   float64 `json:"max_pause_ms"`
	Gaps       int     `json:"gaps"`
	P50        float64 `json:"p50_ms"`
	P90        float64 `json:"p90_ms"`
	P99        float64 `json:"p99_ms"`
	Max        float64 `json:"max_ms"`
}

// summary returns the numbers so far.
func (t *tally) summary(now time.Time) Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, waiting := &t.counts, t.waiting(now)
	s := Summary{
		Pings: t.sent, Pongs: c.pongs, Lost: t.sent - c.pongs - waiting, Waiting: waiting,
		Late: c.late, Duplicates: c.duplicates, Strange: c.strange,
		Failovers: c.failovers, MaxPause: milliseconds(c.maxPause), Gaps: c.gaps,
	}
	if c.pongs > 0 {
		us := func(v int64) float64 { return milliseconds(time.Duration(v) * time.Microsecond) }
		h := t.roundTrips
		s.P50, s.P90, s.P99, s.Max = us(h.ValueAtQuantile(50)), us(h.ValueAtQuantile(90)), us(h.ValueAtQuantile(99)), us(h.Max())
	}
	return s
}

// waiting returns the number of pings without a pong that are too young to count as lost. The
// caller has the lock.
func (t *tally) waiting(now time.Time) (n uint64) {
	for i := t.sent; i > 0 && t.sent-i < window; i-- {
		ping := &t.pings[i%window]
		if now.Sub(ping.at) > t.late {
			break
		}
		if !ping.answered {
			n++
		}
	}
	return n
}

// milliseconds returns a time in milliseconds, rounded to microseconds.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
