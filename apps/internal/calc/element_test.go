package calc

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/transport/step"
)

// begin is the beginning of all tests.
var begin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// inWords returns an action in words, empty for an action without news.
func inWords(a step.Action) string {
	switch a := a.(type) {
	case Send:
		return fmt.Sprintf("%d: %v %d", a.Session, strings.TrimPrefix(a.Message.Type.String(), "CALCAPP_"), a.Message.JobID)
	case Save:
		return fmt.Sprintf("%d: state %d, %d of %d", a.Session, a.Cookie.JobID, a.Cookie.Completed, a.Cookie.JobSize)
	case Change:
		if a.Kind == Silent || a.Kind == Dropped || a.Kind == Handed {
			return fmt.Sprintf("%d: job %d gone", a.Session, a.JobID)
		}
	}
	return ""
}

// element is an element in virtual time.
type element struct {
	*Element
	t   *testing.T
	now time.Time
	log []string
}

func newElement(t *testing.T, change func(*ElementConfig)) *element {
	t.Helper()
	config := ElementConfig{
		MaxJobs: 3, Capacity: 1e6, KeepAlive: time.Hour, KeepAliveTimeout: time.Hour,
		CookieTime: time.Hour, CookieCalculations: 1e12,
	}
	if change != nil {
		change(&config)
	}
	return &element{NewElement(begin, config), t, begin, nil}
}

func (e *element) step(ev step.Event) {
	for _, a := range e.Step(e.now, ev) {
		if text := inWords(a); text != "" {
			e.log = append(e.log, fmt.Sprintf("%.3f %s", e.now.Sub(begin).Seconds(), text))
		}
	}
}

// receive brings a message.
func (e *element) receive(session SessionID, typ calcapp.Type, id uint32, size uint64) {
	e.step(Received{session, calcapp.Message{Type: typ, JobID: id, JobSize: size}})
}

// runTo lets time pass until so many seconds after the beginning.
func (e *element) runTo(seconds float64) {
	e.t.Helper()
	end := begin.Add(time.Duration(seconds * float64(time.Second)))
	for ticks := 0; ; ticks++ {
		at := e.Deadline()
		if at.IsZero() || at.After(end) {
			break
		}
		if ticks > 100_000 {
			e.t.Fatal("the deadline does not move on")
		}
		if at.After(e.now) {
			e.now = at
		}
		e.step(step.Tick{})
	}
	e.now = end
}

// want compares the actions since the last call.
func (e *element) want(lines ...string) {
	e.t.Helper()
	if got, want := strings.Join(e.log, "\n"), strings.Join(lines, "\n"); got != want {
		e.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	e.log = nil
}

// TestSharing asserts that jobs share the processor equally, whenever they come and go.
func TestSharing(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	e.receive(1, calcapp.TypeRequest, 1, 3_000_000)
	e.runTo(1)
	e.receive(2, calcapp.TypeRequest, 1, 500_000)
	e.receive(2, calcapp.TypeRequest, 2, 0)
	e.runTo(10)
	e.want("0.000 1: ACCEPT 1", "1.000 2: ACCEPT 1", "1.000 2: ACCEPT 2", "1.000 2: COMPLETE 2", "2.000 2: COMPLETE 1", "3.500 1: COMPLETE 1")
	if u := e.Usage(e.now); u.Used != 3_500_000 || u.Available != 10_000_000 || u.Wasted() != 6_500_000 || u.Utilization() != 0.35 || u.Jobs != 0 {
		t.Errorf("%+v", u)
	}
}

// TestLateTick asserts that a late tick neither gives nor takes calculations.
func TestLateTick(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	e.receive(1, calcapp.TypeRequest, 1, 1_000_000)
	e.receive(2, calcapp.TypeRequest, 1, 2_000_000)
	e.now = begin.Add(9 * time.Second)
	e.step(step.Tick{})
	e.want("0.000 1: ACCEPT 1", "0.000 2: ACCEPT 1", "9.000 1: COMPLETE 1", "9.000 2: COMPLETE 1")
	if u := e.Usage(e.now); u.Used != 3_000_000 {
		t.Errorf("%+v", u)
	}
}

// TestRoom asserts the limit of jobs, and that a repeated request does not make a second job (fault 21
// of docs/coming-from-rsplib.md).
func TestRoom(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	for range 5 {
		e.receive(1, calcapp.TypeRequest, 7, 1e9)
	}
	e.receive(2, calcapp.TypeRequest, 7, 1e9)
	e.receive(3, calcapp.TypeRequest, 7, 1e9)
	e.log = nil
	e.receive(4, calcapp.TypeRequest, 7, 1e9)
	e.step(Resumed{5, calcapp.Cookie{JobID: 1, JobSize: 2, Completed: 1}})
	e.want("0.000 4: REJECT 7", "0.000 5: REJECT 1")
	if u := e.Usage(e.now); u.Jobs != 3 || u.Accepted != 3 || u.Rejected != 2 {
		t.Errorf("%+v", u)
	}
}

// TestLostSession asserts that jobs end with their session (fault 21 of docs/coming-from-rsplib.md).
func TestLostSession(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	e.receive(1, calcapp.TypeRequest, 1, 1_000_000)
	e.receive(2, calcapp.TypeRequest, 1, 1_000_000)
	e.receive(2, calcapp.TypeRequest, 2, 1_000_000)
	e.runTo(0.3)
	e.log = nil
	e.step(Ended{2})
	e.runTo(10)
	e.want("0.300 2: job 1 gone", "0.300 2: job 2 gone", "1.200 1: COMPLETE 1")
	if u := e.Usage(e.now); math.Abs(u.Used-1_200_000) > 1e-3 {
		t.Errorf("%+v", u)
	}
}

// TestResumedJob asserts that a job that was taken over goes on by itself (fault 18 of
// docs/coming-from-rsplib.md).
func TestResumedJob(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	e.step(Resumed{1, calcapp.Cookie{JobID: 3, JobSize: 1_000_000, Completed: 750_000}})
	e.step(Resumed{2, calcapp.Cookie{JobID: 4, JobSize: 5, Completed: math.MaxUint64}})
	e.runTo(5)
	e.want("0.000 1: ACCEPT 3", "0.000 2: ACCEPT 4", "0.000 2: COMPLETE 4", "0.250 1: COMPLETE 3")
}

// TestStates asserts that states come by time and by work, whichever is first, and not at the
// acceptance.
func TestStates(t *testing.T) {
	t.Parallel()
	e := newElement(t, func(c *ElementConfig) { c.CookieTime, c.CookieCalculations = time.Second, 700_000 })
	e.receive(1, calcapp.TypeRequest, 1, 2_000_000)
	e.runTo(1)
	e.receive(2, calcapp.TypeRequest, 1, 10_000_000)
	e.runTo(2.5)
	e.step(Stop{Clean: true})
	e.runTo(10)
	e.want("0.000 1: ACCEPT 1", "0.700 1: state 1, 700000 of 2000000", "1.000 2: ACCEPT 1",
		"1.700 1: state 1, 1350000 of 2000000", "2.000 2: state 1, 500000 of 10000000",
		"2.500 1: state 1, 1750000 of 2000000", "2.500 1: job 1 gone", "2.500 2: state 1, 750000 of 10000000", "2.500 2: job 1 gone")
}

// TestUncleanStop asserts that users get no state of an element that stops without care.
func TestUncleanStop(t *testing.T) {
	t.Parallel()
	e := newElement(t, nil)
	e.receive(1, calcapp.TypeRequest, 1, 2_000_000)
	e.runTo(1)
	e.step(Stop{})
	e.want("0.000 1: ACCEPT 1", "1.000 1: job 1 gone")
}

// TestKeepAlives asserts that a job without answers to keep-alives is removed, and others stay.
func TestKeepAlives(t *testing.T) {
	t.Parallel()
	e := newElement(t, func(c *ElementConfig) { c.KeepAlive, c.KeepAliveTimeout = 2*time.Second, time.Second })
	e.receive(1, calcapp.TypeRequest, 1, 100_000_000)
	e.runTo(2.5)
	e.receive(1, calcapp.TypeKeepAliveAck, 1, 0)
	e.receive(1, calcapp.TypeKeepAliveAck, 2, 0) // of no job
	e.receive(1, calcapp.TypeKeepAlive, 1, 0)
	e.receive(1, calcapp.TypeKeepAlive, 2, 0) // of no job
	e.receive(1, calcapp.TypeComplete, 1, 0)  // not from a user
	e.runTo(20)
	e.want("0.000 1: ACCEPT 1", "2.000 1: KEEP_ALIVE 1", "2.500 1: KEEP_ALIVE_ACK 1", "4.500 1: KEEP_ALIVE 1", "5.500 1: job 1 gone")
}

// TestHugeJobs asserts that the largest jobs neither overflow nor keep the element busy.
func TestHugeJobs(t *testing.T) {
	t.Parallel()
	e := newElement(t, func(c *ElementConfig) { c.Capacity, c.KeepAlive = 1, 400*24*time.Hour })
	e.receive(1, calcapp.TypeRequest, 1, math.MaxUint64)
	e.step(Resumed{2, calcapp.Cookie{JobID: 1, JobSize: math.MaxUint64, Completed: math.MaxUint64 - 1}})
	e.runTo(1000 * 3600)
	states := len(e.log)
	e.log = nil
	e.step(Stop{Clean: true})
	e.want("3600000.000 1: state 1, 3599999 of 18446744073709551615", "3600000.000 1: job 1 gone")
	if states > 1100 {
		t.Errorf("%d actions", states)
	}
}

// TestManyAtOnce asserts that no step does unbounded work.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const jobs = 10_000
	e := newElement(t, func(c *ElementConfig) { c.MaxJobs = jobs })
	for i := range uint32(jobs) {
		e.receive(SessionID(i/100), calcapp.TypeRequest, i, 1000)
	}
	e.log = nil
	e.now = begin.Add(time.Hour)
	for complete := 0; complete < jobs; {
		actions := e.Step(e.now, step.Tick{})
		for _, a := range actions {
			if s, ok := a.(Send); ok && s.Message.Type == calcapp.TypeComplete {
				complete++
			}
		}
		if len(actions) == 0 || len(actions) > 10*maxDue {
			t.Fatalf("%d actions in a step, %d jobs complete", len(actions), complete)
		}
	}
	if u := e.Usage(e.now); u.Jobs != 0 || math.Abs(u.Used-jobs*1000) > 1 {
		t.Errorf("%+v", u)
	}
}

// FuzzElement asserts that no sequence of events breaks the numbers of an element.
func FuzzElement(f *testing.F) {
	f.Add([]byte("\x00\x01\x05\x10\x01\x01\x05\x20\x02\x01\x03\x40\x03\x01\x00\x01\x04\x01\x00\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e := newElement(t, func(c *ElementConfig) {
			c.KeepAlive, c.KeepAliveTimeout, c.CookieTime, c.CookieCalculations = 3*time.Second, time.Second, 2*time.Second, 1e6
		})
		for ; len(b) >= 4; b = b[4:] {
			session, id := SessionID(b[1]%4), uint32(b[2]%4)
			size := uint64(1) << (b[2] % 64) // up to the largest
			switch b[0] % 6 {
			case 0, 1:
				e.receive(session, calcapp.TypeRequest, id, size)
			case 2:
				e.step(Resumed{session, calcapp.Cookie{JobID: id, JobSize: size, Completed: uint64(b[3]) << (b[2] % 60)}})
			case 3:
				e.step(Ended{session})
			case 4:
				e.receive(session, calcapp.Type(b[3]%9), id, size)
			}
			e.now = e.now.Add(time.Duration(b[3]) * 10 * time.Millisecond)
			e.step(step.Tick{})
			u := e.Usage(e.now)
			if u.Jobs < 0 || u.Jobs > 3 || u.Jobs != len(e.work) || u.Jobs != len(e.timers) || !(u.Used >= -1e-3) || !(u.Used <= u.Available*(1+1e-9)+1e-3) {
				t.Fatalf("%+v", u)
			}
		}
	})
}
