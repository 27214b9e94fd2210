package machine

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
)

// SessionConfig configures a [Session].
type SessionConfig struct {
	// RetryInterval is the pause before the pool is resolved again after no
	// element could be reached; it doubles to RetryIntervalMax. 0: 100 ms and 5 s.
	RetryInterval, RetryIntervalMax time.Duration

	// Manual leaves it to the user when to fail over: after a loss the session
	// waits for a [Failover].
	Manual bool
}

// Session is a pool user's session with an element of a pool, whichever it is
// (RFC 5352, 3.5 and 3.7; RFC 5351, 3.3). It takes [Start], [Candidates],
// [NoCandidates], [Connected], [ConnectFailed], [Lost], [CookieReceived],
// [Failover] and [step.Tick].
//
//	resolving --Candidates--> connecting --Connected--> connected
//	    ^  NoCandidates |          | ConnectFailed          | Lost
//	    |               v          v (none left)            v
//	    +--- Tick ---- waiting <---+         Manual: broken, else resolving
type Session struct {
	config     SessionConfig
	random     *rand.Rand
	state      sessionState
	candidates []wire.PoolElement // still to be tried
	resolvedAt time.Time          // when they came
	current    wire.PoolElement   // connecting or connected
	failed     []wire.PEID        // not reached, or not for long, since the session was stable
	cookie     []byte             // the newest
	sessions   int                // how often it was up
	upSince    time.Time
	pause      time.Duration
	retryAt    time.Time
	actions    []step.Action
}

type sessionState uint8

const (
	sessionNew sessionState = iota
	sessionResolving
	sessionConnecting
	sessionConnected
	sessionWaiting
	sessionBroken
)

// Start begins the session.
type Start struct{}

// Candidates brings the elements of the pool in the order in which to try them.
type Candidates struct{ Elements []wire.PoolElement }

// NoCandidates says that the pool could not be resolved, or is empty.
type NoCandidates struct{}

// Connected says that the element asked for is reached.
type Connected struct{}

// ConnectFailed says that it is not.
type ConnectFailed struct{}

// Lost says that the association with the element has ended.
type Lost struct {
	// Orderly: the element has shut it down, so there is nothing to report.
	Orderly bool
}

// CookieReceived brings the state of the session, to be shown to the next element.
type CookieReceived struct{ Cookie []byte }

// Failover has the session go on at another element, now.
type Failover struct{}

func (Start) IsEvent()          {}
func (Candidates) IsEvent()     {}
func (NoCandidates) IsEvent()   {}
func (Connected) IsEvent()      {}
func (ConnectFailed) IsEvent()  {}
func (Lost) IsEvent()           {}
func (CookieReceived) IsEvent() {}
func (Failover) IsEvent()       {}

// LookUp asks to resolve the pool. Candidates or NoCandidates answers.
type LookUp struct {
	// Items is how many elements to ask for.
	Items uint32
}

// Connect asks to open an association with an element. Connected or ConnectFailed
// answers.
type Connect struct{ Element wire.PoolElement }

// Disconnect asks to give up the association with the current element. Nothing
// answers.
type Disconnect struct{}

// Report asks to report an element as unreachable.
type Report struct{ ID wire.PEID }

// EchoCookie asks to send a cookie echo, before anything else.
type EchoCookie struct{ Cookie []byte }

// Ready tells that the session is up at an element.
type Ready struct {
	Element wire.PEID
	// Failover: it was up before at another element, or at this one's predecessor.
	Failover bool
	// Cookie: the element has been shown the session's state.
	Cookie bool
}

// Broken tells that the session is not up any more.
type Broken struct {
	Element wire.PEID
	Cookie  bool
}

func (LookUp) IsAction()     {}
func (Connect) IsAction()    {}
func (Disconnect) IsAction() {}
func (Report) IsAction()     {}
func (EchoCookie) IsAction() {}
func (Ready) IsAction()      {}
func (Broken) IsAction()     {}

// NewSession returns a session that has not begun. It draws from random.
func NewSession(config SessionConfig, random *rand.Rand) *Session {
	config.RetryInterval = cmp.Or(config.RetryInterval, 100*time.Millisecond)
	config.RetryIntervalMax = cmp.Or(config.RetryIntervalMax, 5*time.Second)
	return &Session{config: config, random: random, pause: config.RetryInterval}
}

// Deadline returns when the next Tick is due, zero if none is.
func (s *Session) Deadline() time.Time {
	if s.state == sessionWaiting {
		return s.retryAt
	}
	return time.Time{}
}

// Step takes an event at a time and returns what is to be done, in order.
func (s *Session) Step(now time.Time, ev step.Event) []step.Action {
	s.actions = nil
	switch ev := ev.(type) {
	case Start:
		if s.state == sessionNew {
			s.lookUp()
		}
	case Candidates:
		if s.state == sessionResolving {
			s.resolved(now, ev.Elements)
		}
	case NoCandidates:
		if s.state == sessionResolving {
			s.wait(now)
		}
	case Connected:
		if s.state == sessionConnecting {
			s.connected(now)
		}
	case ConnectFailed:
		if s.state == sessionConnecting {
			s.fail()
			s.connect(now)
		}
	case Lost:
		if s.state == sessionConnected {
			s.lost(now, ev.Orderly)
		}
	case CookieReceived:
		s.cookie = ev.Cookie
	case Failover:
		s.failOver(now)
	case step.Tick:
		if s.state == sessionWaiting && !now.Before(s.retryAt) {
			s.lookUp()
		}
	}
	return s.actions
}

func (s *Session) do(a step.Action) { s.actions = append(s.actions, a) }

// lookUp asks for one element more than are known not to work, so that the choice
// is the registrar's.
func (s *Session) lookUp() {
	s.state = sessionResolving
	s.do(LookUp{Items: uint32(1 + len(s.failed))})
}

func (s *Session) resolved(now time.Time, elements []wire.PoolElement) {
	s.resolvedAt = now
	s.candidates = slices.DeleteFunc(slices.Clone(elements), func(e wire.PoolElement) bool {
		return slices.Contains(s.failed, e.ID)
	})
	s.connect(now)
}

const (
	// maxFailed bounds how many elements are tried without a pause: as many as a
	// response should have at the most.
	maxFailed = 128
	// answerLife is how long candidates are tried before the pool is resolved again: a
	// long list of elements that are silent may be one that is out of date.
	answerLife = 3 * time.Second
)

// connect tries the next candidate.
func (s *Session) connect(now time.Time) {
	switch {
	case len(s.candidates) == 0 || len(s.failed) >= maxFailed:
		s.wait(now)
		return
	case now.Sub(s.resolvedAt) > answerLife:
		s.lookUp()
		return
	}
	s.state = sessionConnecting
	s.current, s.candidates = s.candidates[0], s.candidates[1:]
	s.do(Connect{Element: s.current})
}

// wait pauses until the pool is resolved again. By then what has failed may work.
func (s *Session) wait(now time.Time) {
	s.state = sessionWaiting
	s.retryAt = now.Add(s.pause/2 + time.Duration(s.random.Int64N(int64(s.pause))))
	s.pause = min(2*s.pause, s.config.RetryIntervalMax)
	s.failed = nil
}

func (s *Session) connected(now time.Time) {
	s.state = sessionConnected
	s.upSince = now
	if s.cookie != nil {
		s.do(EchoCookie{Cookie: s.cookie})
	}
	s.do(Ready{Element: s.current.ID, Failover: s.sessions > 0, Cookie: s.cookie != nil})
	s.sessions++
}

// fail notes that the current element does not work, and reports it (RFC 5352, 3.5).
func (s *Session) fail() {
	s.failed = append(s.failed, s.current.ID)
	s.do(Report{ID: s.current.ID})
}

// broken notes that the session is not up any more. Elements that only take a session
// to drop it at once count as failed all the same, lest a session go from one to the
// other without a pause.
func (s *Session) broken(now time.Time) {
	if now.Sub(s.upSince) >= s.pause {
		s.failed = nil
		s.pause = s.config.RetryInterval
	}
	s.do(Broken{Element: s.current.ID, Cookie: s.cookie != nil})
}

func (s *Session) lost(now time.Time, orderly bool) {
	s.broken(now)
	if orderly {
		s.failed = append(s.failed, s.current.ID) // It is about to leave its pool.
	} else {
		s.fail()
	}
	if s.config.Manual {
		s.state = sessionBroken
		return
	}
	s.lookUp()
}

// failOver leaves the element, if there is one, for another.
func (s *Session) failOver(now time.Time) {
	switch s.state {
	case sessionConnected:
		s.do(Disconnect{})
		s.broken(now)
		s.fail()
		s.lookUp()
	case sessionBroken, sessionWaiting:
		s.lookUp()
	}
}
