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
	// RetryInterval is the pause before the pool is resolved again if no element could
	// be reached. It doubles to RetryIntervalMax. 0: 100 ms and 5 s.
	RetryInterval, RetryIntervalMax time.Duration

	// Manual leaves the time of a failover to the user: after a loss the session waits
	// for a [Failover].
	Manual bool
}

const (
	// maxFailed bounds the elements that are tried without a pause: as many as a response
	// should have at the most.
	maxFailed = 128
	// maxPause bounds a pause, so that twice a pause does not overflow.
	maxPause = time.Duration(1) << 61
	// answerLife is the time for which candidates are tried before the pool is resolved
	// again: a long list of silent elements may be out of date.
	answerLife = 3 * time.Second
)

// Session is a pool user's session with any element of a pool (RFC 5352, 3.5 and 3.7;
// RFC 5351, 3.3). It takes [Start], [Candidates], [NoCandidates], [Connected],
// [ConnectFailed], [Lost], [CookieReceived], [Failover] and [step.Tick].
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
	resolvedAt time.Time          // time of the candidates' arrival
	current    wire.PoolElement   // connecting or connected
	failed     []wire.PEID        // not reached, or not for long, since the session was stable
	cookie     []byte             // the newest
	sessions   int                // number of times that the session was up
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

// NewSession returns a session that has not begun. It draws from random.
func NewSession(config SessionConfig, random *rand.Rand) *Session {
	config.RetryInterval = min(cmp.Or(config.RetryInterval, 100*time.Millisecond), maxPause)
	config.RetryIntervalMax = min(cmp.Or(config.RetryIntervalMax, 5*time.Second), maxPause)
	return &Session{config: config, random: random, pause: config.RetryInterval}
}

// Deadline returns the time of the next Tick, zero if none is due.
func (s *Session) Deadline() time.Time {
	if s.state == sessionWaiting {
		return s.retryAt
	}
	return time.Time{}
}

// Step takes an event at a time and returns the actions that follow, in order.
func (s *Session) Step(now time.Time, ev step.Event) []step.Action {
	s.actions = nil
	switch ev := ev.(type) {
	case Start:
		if s.state == sessionNew {
			s.lookUp()
		}
	case Candidates:
		if s.state == sessionResolving {
			s.handleCandidates(now, ev.Elements)
		}
	case NoCandidates:
		if s.state == sessionResolving {
			s.startPause(now)
		}
	case Connected:
		if s.state == sessionConnecting {
			s.handleConnected(now)
		}
	case ConnectFailed:
		if s.state == sessionConnecting {
			if ev.Local {
				s.failed = append(s.failed, s.current.ID)
			} else {
				s.failCurrent()
			}
			s.connectNext(now)
		}
	case Lost:
		if s.state == sessionConnected {
			s.handleLoss(now, ev.Orderly)
		}
	case CookieReceived:
		s.cookie = ev.Cookie
	case Failover:
		s.handleFailover(now, ev.Works)
	case step.Tick:
		if s.state == sessionWaiting && !now.Before(s.retryAt) {
			s.lookUp()
		}
	}
	return s.actions
}

// do adds an action to the current step.
func (s *Session) do(a step.Action) { s.actions = append(s.actions, a) }

// lookUp resolves the pool. It asks for an element more than have failed, so that the choice
// is the registrar's.
func (s *Session) lookUp() {
	s.state = sessionResolving
	s.do(LookUp{Items: uint32(1 + len(s.failed))})
}

// handleCandidates tries the elements of a response, without the elements that have failed.
func (s *Session) handleCandidates(now time.Time, elements []wire.PoolElement) {
	s.resolvedAt = now
	s.candidates = slices.DeleteFunc(slices.Clone(elements), func(e wire.PoolElement) bool {
		return slices.Contains(s.failed, e.ID)
	})
	s.connectNext(now)
}

// connectNext tries the next candidate.
func (s *Session) connectNext(now time.Time) {
	switch {
	case len(s.candidates) == 0 || len(s.failed) >= maxFailed:
		s.startPause(now)
		return
	case now.Sub(s.resolvedAt) > answerLife:
		s.lookUp()
		return
	}
	s.state = sessionConnecting
	s.current, s.candidates = s.candidates[0], s.candidates[1:]
	s.do(Connect{Element: s.current})
}

// startPause waits until the pool is resolved again. By then the elements that have failed
// may work.
func (s *Session) startPause(now time.Time) {
	s.state = sessionWaiting
	s.retryAt = now.Add(s.pause/2 + time.Duration(s.random.Int64N(int64(s.pause))))
	s.pause = min(2*s.pause, s.config.RetryIntervalMax)
	s.failed = nil
}

// handleConnected begins to work with the current element.
func (s *Session) handleConnected(now time.Time) {
	s.state = sessionConnected
	s.upSince = now
	if s.cookie != nil {
		s.do(EchoCookie{Cookie: s.cookie})
	}
	s.do(Ready{Element: s.current.ID, Failover: s.sessions > 0, Cookie: s.cookie != nil})
	s.sessions++
}

// failCurrent notes that the current element does not work, and reports it (RFC 5352, 3.5).
func (s *Session) failCurrent() {
	s.failed = append(s.failed, s.current.ID)
	s.do(Report{ID: s.current.ID})
}

// leaveCurrent notes that the session is not up any more. A session that was stable forgets
// earlier failures. Elements that accept a session and drop it at once still count as
// failed, so that a session does not go round between such elements without a pause.
func (s *Session) leaveCurrent(now time.Time) {
	if now.Sub(s.upSince) >= s.pause {
		s.failed = nil
		s.pause = s.config.RetryInterval
	}
	s.do(Broken{Element: s.current.ID, Cookie: s.cookie != nil})
}

// handleLoss fails over, or waits for the user to do so.
func (s *Session) handleLoss(now time.Time, orderly bool) {
	s.leaveCurrent(now)
	if orderly {
		s.failed = append(s.failed, s.current.ID) // It is about to leave its pool.
	} else {
		s.failCurrent()
	}
	if s.config.Manual {
		s.state = sessionBroken
		return
	}
	s.lookUp()
}

// handleFailover leaves the element, if there is one, for another.
func (s *Session) handleFailover(now time.Time, works bool) {
	switch s.state {
	case sessionConnected:
		s.do(Disconnect{})
		s.leaveCurrent(now)
		if works {
			s.failed = append(s.failed, s.current.ID) // Others first.
		} else {
			s.failCurrent()
		}
		s.lookUp()
	case sessionBroken, sessionWaiting:
		s.lookUp()
	}
}
