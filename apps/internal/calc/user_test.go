package calc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/transport/step"
)

// user is a user's side of a job in virtual time.
type user struct {
	*User
	t   *testing.T
	now time.Time
	log []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	return &user{NewUser(UserConfig{KeepAlive: 5 * time.Second, Timeout: 3 * time.Second}, 1, 1000), t, begin, nil}
}

func (u *user) step(ev step.Event) {
	for _, a := range u.Step(u.now, ev) {
		text := strings.TrimPrefix(fmt.Sprintf("%T%+v", a, a), "calc.")
		if s, ok := a.(Send); ok {
			text = strings.TrimPrefix(s.Message.Type.String(), "CALCAPP_")
		}
		u.log = append(u.log, fmt.Sprintf("%v %s", u.now.Sub(begin), text))
	}
}

func (u *user) receive(typ calcapp.Type) {
	u.step(Received{Message: calcapp.Message{Type: typ, JobID: 1}})
}

// runTo lets time pass.
func (u *user) runTo(d time.Duration) {
	end := begin.Add(d)
	for at := u.Deadline(); !at.IsZero() && !at.After(end); at = u.Deadline() {
		u.now = at
		u.step(step.Tick{})
	}
	u.now = end
}

func (u *user) want(lines ...string) {
	u.t.Helper()
	if got, want := strings.Join(u.log, "\n"), strings.Join(lines, "\n"); got != want {
		u.t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	u.log = nil
}

// TestUserLife is a job with keep-alives of both sides.
func TestUserLife(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.step(Connected{})
	u.runTo(time.Second)
	u.receive(calcapp.TypeAccept)
	u.runTo(2 * time.Second)
	u.receive(calcapp.TypeKeepAlive)
	u.runTo(7 * time.Second)
	u.receive(calcapp.TypeKeepAliveAck)
	u.runTo(13 * time.Second)
	u.step(Received{Message: calcapp.Message{Type: calcapp.TypeComplete, JobID: 1, JobSize: 1000, Completed: 1000}})
	u.runTo(time.Hour)
	u.want("0s REQUEST", "1s Began{}", "2s KEEP_ALIVE_ACK", "6s KEEP_ALIVE", "12s KEEP_ALIVE", "13s Finished{}")
}

// TestUnansweredRequest asserts that a repeated request is watched as well as the first request
// (fault 18 of docs/coming-from-rsplib.md).
func TestUnansweredRequest(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.step(Connected{})
	for range 3 {
		u.runTo(u.now.Sub(begin) + 3*time.Second)
		u.step(Connected{})
	}
	u.want("0s REQUEST", "3s Leave{Works:false}", "3s REQUEST", "6s Leave{Works:false}", "6s REQUEST", "9s Leave{Works:false}", "9s REQUEST")
}

// TestUnansweredKeepAlive asserts that an element is left that answers no keep-alive, and that the
// state of the job is the request at the next element.
func TestUnansweredKeepAlive(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.step(Connected{})
	u.receive(calcapp.TypeAccept)
	u.runTo(10 * time.Second)
	u.receive(calcapp.TypeKeepAlive) // of the element that was left
	u.step(Connected{Restored: true})
	u.runTo(20 * time.Second)
	u.step(Connected{Restored: true})
	u.receive(calcapp.TypeAccept)
	u.step(Lost{})
	u.want("0s REQUEST", "0s Began{}", "5s KEEP_ALIVE", "8s Leave{Works:false}", "13s Leave{Works:false}", "20s Began{}", "20s Leave{Works:true}")
}

// TestRejection asserts that a job is offered to another element after a pause, and that the
// element is not reported.
func TestRejection(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	u.step(Connected{})
	u.receive(calcapp.TypeReject)
	u.receive(calcapp.TypeReject)
	u.runTo(time.Minute)
	u.want("0s REQUEST", "0s Refused{}", "1s Leave{Works:true}")
}

// TestLies asserts that a completion counts only with the size of the job.
func TestLies(t *testing.T) {
	t.Parallel()
	for _, m := range []calcapp.Message{
		{Type: calcapp.TypeComplete, JobID: 1, JobSize: 1000, Completed: 999},
		{Type: calcapp.TypeComplete, JobID: 1, JobSize: 999, Completed: 999},
		{Type: calcapp.TypeComplete, JobID: 2, JobSize: 1000, Completed: 1000},
		{Type: calcapp.TypeAccept, JobID: 2},
	} {
		u := newUser(t)
		u.step(Connected{})
		u.log = nil
		u.step(Received{Message: m})
		u.step(Received{Message: m})
		if len(u.log) != 1 || !strings.HasPrefix(u.log[0], "0s Broke{") {
			t.Errorf("%+v: %v", m, u.log)
		}
	}
}

// world has users and elements. Elements die and come back, and a message needs a millisecond.
type world struct {
	t        *testing.T
	random   *rand.Rand
	now      time.Time
	elements []*Element
	deaths   []time.Time // of each element
	users    []*worldUser
	flights  []flight
}

// worldUser is a user with its session.
type worldUser struct {
	*User
	element int // -1: none
	session SessionID
	cookie  *calcapp.Cookie
	over    bool
}

// flight is a message or state under way. It arrives only in the session in which it was sent.
type flight struct {
	at      time.Time
	user    *worldUser
	session SessionID
	up      bool // from the user
	event   step.Event
	cookie  *calcapp.Cookie
}

func (w *world) send(f flight) {
	f.at, f.session = w.now.Add(time.Millisecond), f.user.session
	w.flights = append(w.flights, f)
}

// connect opens a session with an element, drawn at random.
func (w *world) connect(u *worldUser) {
	if u.element >= 0 {
		w.elementDoes(u.element, w.elements[u.element].Step(w.now, Ended{u.session}))
	}
	u.element = w.random.IntN(len(w.elements))
	u.session += 1000
	if u.cookie != nil {
		w.send(flight{user: u, up: true, event: Resumed{u.session, *u.cookie}})
	}
	w.userDoes(u, u.Step(w.now, Connected{Restored: u.cookie != nil}))
}

func (w *world) userDoes(u *worldUser, actions []step.Action) {
	for _, a := range actions {
		switch a := a.(type) {
		case Send:
			w.send(flight{user: u, up: true, event: Received{u.session, a.Message}})
		case Leave:
			w.connect(u)
		case Finished:
			u.over = true
		case Broke:
			w.t.Fatalf("%+v", a)
		}
	}
}

func (w *world) elementDoes(element int, actions []step.Action) {
	for _, a := range actions {
		var session SessionID
		f := flight{}
		switch a := a.(type) {
		case Send:
			session, f.event = a.Session, Received{Message: a.Message}
		case Save:
			session, f.cookie = a.Session, &a.Cookie
		default:
			continue
		}
		for _, u := range w.users {
			if u.session == session && u.element == element {
				f.user = u
				w.send(f)
			}
		}
	}
}

// next returns the time of the next event.
func (w *world) next() (at time.Time) {
	earlier := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	for i, e := range w.elements {
		earlier(e.Deadline())
		earlier(w.deaths[i])
	}
	for _, u := range w.users {
		earlier(u.Deadline())
	}
	for _, f := range w.flights {
		earlier(f.at)
	}
	return at
}

// kill replaces an element by a new element. Its users hear of the end.
func (w *world) kill(i int, config ElementConfig) {
	w.elements[i] = NewElement(w.now, config)
	w.deaths[i] = w.now.Add(time.Duration(1 + w.random.Int64N(int64(20*time.Second))))
	for _, u := range w.users {
		if u.element == i && !u.over {
			u.element = -1
			u.session += 1000
			w.userDoes(u, u.Step(w.now, Lost{}))
		}
	}
}

func (w *world) arrive() {
	var flights []flight
	flights, w.flights = w.flights, nil
	for _, f := range flights {
		switch u := f.user; {
		case f.at.After(w.now):
			w.flights = append(w.flights, f)
		case u.session != f.session || u.element < 0: // The session is gone.
		case f.up:
			w.elementDoes(u.element, w.elements[u.element].Step(w.now, f.event))
		case f.cookie != nil:
			u.cookie = f.cookie
		default:
			w.userDoes(u, u.Step(w.now, f.event))
		}
	}
}

// TestWorld asserts that all jobs are completed, though the elements die all the time.
func TestWorld(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		w := &world{t: t, random: rand.New(rand.NewPCG(seed, 0)), now: begin}
		config := ElementConfig{
			MaxJobs: 3, Capacity: 1000, KeepAlive: 2 * time.Second, KeepAliveTimeout: time.Second,
			CookieTime: time.Second, CookieCalculations: 500,
		}
		for i := range 3 {
			w.elements, w.deaths = append(w.elements, nil), append(w.deaths, time.Time{})
			w.kill(i, config)
		}
		for i := range 8 {
			u := &worldUser{User: NewUser(UserConfig{5 * time.Second, 3 * time.Second}, 7, 1+w.random.Uint64N(20_000)), element: -1, session: SessionID(i)}
			w.users = append(w.users, u)
			w.connect(u)
		}
		left := len(w.users)
		for events := 0; left > 0; events++ {
			w.now = w.next()
			if events > 1_000_000 || w.now.Sub(begin) > time.Hour {
				t.Fatalf("seed %d: %d jobs are not complete after %v", seed, left, w.now.Sub(begin))
			}
			w.arrive()
			left = 0
			for i, e := range w.elements {
				w.elementDoes(i, e.Step(w.now, step.Tick{}))
				if !w.deaths[i].After(w.now) {
					w.kill(i, config)
				}
			}
			for _, u := range w.users {
				w.userDoes(u, u.Step(w.now, step.Tick{}))
				if !u.over {
					left++
				}
			}
		}
	}
}

// TestArrivals asserts the means of the drawn jobs.
func TestArrivals(t *testing.T) {
	t.Parallel()
	a := Arrivals{Interval: 2 * time.Second, Size: 1000, Random: rand.New(rand.NewPCG(1, 2))}
	var wait time.Duration
	var size uint64
	const n = 100_000
	for range n {
		w, s := a.Next()
		wait, size = wait+w, size+s
		if w < 0 || s < 1 {
			t.Fatalf("%v, %d", w, s)
		}
	}
	if mean := (wait / n).Seconds(); mean < 1.98 || mean > 2.02 {
		t.Errorf("mean interval %v s", mean)
	}
	if mean := size / n; mean < 985 || mean > 1015 {
		t.Errorf("mean size %d", mean)
	}
}
