package steptest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// A Driver feeds a machine with events. A machine keeps its properties in whatever order
// they come: it does not panic, asks for nothing impossible, and has no deadline that stays in
// the past.
type Driver struct {
	T       testing.TB
	Random  *rand.Rand
	Now     time.Time
	Machine step.Machine
	// Act checks an action, and remembers the event that answers it.
	Act func(step.Action)
}

// Drive makes the machine take n events. Between them, time passes now and then.
func (d *Driver) Drive(n int, event func() step.Event) {
	for range n {
		if d.Random.IntN(4) == 0 {
			d.Pass(time.Duration(d.Random.Int64N(int64(4 * time.Second))))
		} else {
			d.Feed(event())
		}
	}
}

// Feed makes the machine take an event.
func (d *Driver) Feed(ev step.Event) {
	for _, a := range d.Machine.Step(d.Now, ev) {
		d.Act(a)
	}
}

// Pass lets time pass, with ticks as they are due.
func (d *Driver) Pass(t time.Duration) {
	d.Now = Pass(d.T, d.Machine, d.Now, t, func(now time.Time) {
		d.Now = now
		d.Feed(step.Tick{})
	})
}

// maxTicks is the number of ticks in which a machine must finish its work of a moment.
const maxTicks = 1000

// Pass lets time pass from now on, calls tick whenever the machine's deadline is due, and
// returns the time afterwards. A tick may leave work for the next tick, but not without end.
func Pass(t testing.TB, m step.Machine, now time.Time, d time.Duration, tick func(now time.Time)) time.Time {
	t.Helper()
	end := now.Add(d)
	stuck := 0
	for {
		next := m.Deadline()
		if next.IsZero() || next.After(end) {
			return end
		}
		if next.After(now) {
			now = next
			stuck = 0
		}
		if stuck++; stuck > maxTicks {
			t.Fatalf("the deadline %v stays in the past", next)
		}
		tick(now)
	}
}

// RunSeeds runs a test with 100 different sources of random numbers.
func RunSeeds(t *testing.T, test func(t *testing.T, random *rand.Rand)) {
	t.Parallel()
	for seed := range uint64(100) {
		test(t, rand.New(rand.NewPCG(seed, 77)))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Pick returns one of a few values, so that events concern one another.
func Pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }
