package handlespace

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

func TestTimersManyAndOftenSet(t *testing.T) {
	t.Parallel()
	h := newTest()
	rnd := rand.New(rand.NewPCG(4, 4))
	deadlines := map[*Element]time.Time{}
	var all []*Element
	for id := range wire.PEID(2000) {
		all = append(all, mustRegister(t, h, "pool", testElement(id+1)))
	}
	now := t0
	for range 40000 {
		e := all[rnd.IntN(len(all))]
		switch op := rnd.IntN(20); {
		case op == 0:
			h.StopTimer(e)
			delete(deadlines, e)
			if e.Timer() != 0 {
				t.Fatal("still running")
			}
		case op == 1:
			now = now.Add(time.Duration(rnd.IntN(20)) * time.Millisecond)
			expireAll(t, h, now, deadlines)
		default:
			at := now.Add(time.Duration(rnd.IntN(5000)) * time.Millisecond)
			h.SetTimer(e, 1, at)
			deadlines[e] = at
			if !h.Deadline(e).Equal(at) || e.Timer() != 1 {
				t.Fatalf("deadline %v, want %v", h.Deadline(e), at)
			}
		}
	}
	checkIndexes(t, h)
	expireAll(t, h, now.Add(time.Hour), deadlines)
	if len(deadlines) != 0 || !h.NextDeadline().IsZero() || !h.Deadline(all[0]).IsZero() {
		t.Errorf("%d timers are left, next %v", len(deadlines), h.NextDeadline())
	}
}

func expireAll(t *testing.T, h *Handlespace, now time.Time, deadlines map[*Element]time.Time) {
	t.Helper()
	last := time.Time{}
	for {
		next := h.NextDeadline()
		e, code := h.PopExpired(now)
		if e == nil {
			break
		}
		at, running := deadlines[e]
		if !running || !next.Equal(at) || code != 1 || at.After(now) || at.Before(last) {
			t.Fatalf("%v expired at %v, deadline %v, next %v", e.ID(), now, at, next)
		}
		last = at
		delete(deadlines, e)
	}
	for e, at := range deadlines {
		if !at.After(now) {
			t.Fatalf("%v did not expire at %v, deadline %v", e.ID(), now, at)
		}
	}
}

func fiveSeconds(*rand.Rand) time.Duration { return 5 * time.Second }

// BenchmarkTimers sets each timer 10 times before its expiry. Three cases set a time later
// than all other deadlines: alone, with a call of NextDeadline, and with a call of
// StopTimer before. The fourth case sets any time.
func BenchmarkTimers(b *testing.B) {
	for _, n := range []int{1000, 100000} {
		for _, kind := range []struct {
			name  string
			later func(*rand.Rand) time.Duration
			next  bool
			stop  bool
		}{
			{"again", fiveSeconds, false, false},
			{"next", fiveSeconds, true, false},
			{"stop", fiveSeconds, false, true},
			{"any", func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(30 * time.Second))) }, false, false},
		} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				h := newTest()
				rnd := rand.New(rand.NewPCG(4, 4))
				now := time.Now()
				var all []*Element
				for id := range wire.PEID(n) {
					e := mustRegister(b, h, "pool", testElement(id+1))
					h.SetTimer(e, 1, now.Add(kind.later(rnd)))
					all = append(all, e)
				}
				for i := 0; b.Loop(); i++ {
					now = now.Add(time.Second / 2 / time.Duration(n)) // 10 times per timeout
					e := all[(i*7919)%n]
					if kind.stop {
						h.StopTimer(e)
					}
					h.SetTimer(e, 1, now.Add(kind.later(rnd)))
					if kind.next {
						h.NextDeadline()
					}
					for e, _ := h.PopExpired(now); e != nil; e, _ = h.PopExpired(now) {
						h.SetTimer(e, 1, now.Add(kind.later(rnd)))
					}
				}
			})
		}
	}
}
