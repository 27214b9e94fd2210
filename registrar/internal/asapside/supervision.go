package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The timers of elements whose home is this registrar. An element has a single timer. Code 3
// is timerExpiry of package enrp, for elements whose home is another registrar.
const (
	// timerKeepAlive: a keep-alive is due.
	timerKeepAlive handlespace.TimerCode = 1
	// timerAck: the acknowledgement of a keep-alive is overdue.
	timerAck handlespace.TimerCode = 2
	// timerReports: the acknowledgement is overdue, and enough users have reported the
	// element.
	timerReports handlespace.TimerCode = 4
)

// supervision watches the elements whose home is this registrar, by keep-alives (RFC 5352,
// 3.4), reports of pool users (RFC 5352, 3.5) and registration lives.
type supervision struct {
	*env
	peers     *peers
	reports   map[elementKey]*suspicion
	verifying map[elementKey]bool // asked because another registrar claims them
}

func newSupervision(v *env, p *peers) supervision {
	return supervision{env: v, peers: p, reports: make(map[elementKey]*suspicion), verifying: make(map[elementKey]bool)}
}

// isReachable reports whether the association is up over which an element has registered. The
// element is to be removed if it is not.
func (s *supervision) isReachable(e *handlespace.Element) bool {
	return s.peers.isUp(step.AssocID(e.Association()))
}

// noteLife notes a sign of life of an element: earlier reports are void, and the next
// keep-alive is due after an interval.
func (s *supervision) noteLife(now time.Time, e *handlespace.Element) {
	delete(s.reports, keyOf(e))
	interval := s.config.KeepAliveInterval
	s.setTimer(e, timerKeepAlive, now.Add(interval-time.Duration(s.random.Int64N(int64(interval/4)+1))))
}

// sendKeepAlive asks an element for an acknowledgement, unless an earlier keep-alive is not
// answered yet.
func (s *supervision) sendKeepAlive(now time.Time, e *handlespace.Element) {
	if e.Timer() == timerAck || e.Timer() == timerReports || !s.isReachable(e) {
		return
	}
	s.setTimer(e, timerAck, now.Add(s.config.KeepAliveTimeout))
	s.ask(e, false)
}

// askHolder asks an element for an acknowledgement because of a contest, and tells it so.
func (s *supervision) askHolder(now time.Time, e *handlespace.Element) {
	if e.Timer() != timerAck && e.Timer() != timerReports {
		s.setTimer(e, timerAck, now.Add(s.config.KeepAliveTimeout))
	}
	s.ask(e, true)
}

// ask sends a keep-alive over the association of an element.
func (s *supervision) ask(e *handlespace.Element, isContested bool) {
	s.counts.KeepAlives++
	s.send(step.AssocID(e.Association()), &asapmsg.EndpointKeepAlive{
		Contested:  isContested,
		ServerID:   s.config.ID,
		PoolHandle: e.PoolHandle(),
		PEID:       e.ID(),
	})
}

// setTimer sets an element's timer, but not beyond its registration life.
func (s *supervision) setTimer(e *handlespace.Element, code handlespace.TimerCode, at time.Time) {
	if end := s.lifeEnd(e); !end.IsZero() && end.Before(at) {
		at = end
	}
	s.hs.SetTimer(e, code, at)
}

// lifeEnd returns the end of an element's registration life. It is zero without a life:
// then keep-alives alone decide.
func (s *supervision) lifeEnd(e *handlespace.Element) time.Time {
	if e.RegistrationLife() == 0 {
		return time.Time{}
	}
	return s.hs.UpdatedAt(e).Add(e.RegistrationLife())
}

// isLifeOver reports whether the registration life of an element has ended.
func (s *supervision) isLifeOver(now time.Time, e *handlespace.Element) bool {
	end := s.lifeEnd(e)
	return !end.IsZero() && !now.Before(end)
}

// addReport notes a report of an element, asks the element at once, and reports whether it
// is to be removed now. Each host counts once, so that no single user decides.
func (s *supervision) addReport(now time.Time, e *handlespace.Element, by reporter) (remove bool) {
	key := keyOf(e)
	suspicion := s.findOrAddSuspicion(now, key)
	suspicion.add(by, s.config.MaxBadReports)
	s.sendKeepAlive(now, e)
	if len(suspicion.reporters) < s.config.MaxBadReports || e.Timer() != timerAck {
		return false // Too few reports, or they have set timerReports before.
	}
	end := suspicion.graceEnd(s.config.KeepAliveTimeout)
	if !now.Before(end) {
		return true
	}
	if end.Before(s.hs.Deadline(e)) {
		s.hs.SetTimer(e, timerReports, end)
	}
	return false
}

func (s *supervision) findOrAddSuspicion(now time.Time, key elementKey) *suspicion {
	found := s.reports[key]
	if found == nil {
		found = &suspicion{since: now}
		s.reports[key] = found
	}
	return found
}

// startVerification asks an element of ours that another registrar claims.
func (s *supervision) startVerification(now time.Time, ev Verify) {
	e := s.hs.Find(ev.Pool, ev.ID)
	if e == nil || !s.isOurs(e) || !s.isReachable(e) {
		return
	}
	s.verifying[keyOf(e)] = true
	if ev.Contested {
		s.askHolder(now, e)
	} else {
		s.sendKeepAlive(now, e)
	}
}

// finishVerification tells that an element has acknowledged, if another registrar claims it.
func (s *supervision) finishVerification(e *handlespace.Element) {
	if key := keyOf(e); s.verifying[key] {
		delete(s.verifying, key)
		s.do(ElementVerified{Pool: key.pool, ID: key.id})
	}
}

// noteChange drops the reports and the verification of an element that is gone, or has another
// home: no acknowledgement and no timer does so any more.
func (s *supervision) noteChange(c handlespace.Change) {
	if len(s.reports)+len(s.verifying) > 0 && (c.Kind == handlespace.Removed || !s.isOurs(c.Element)) {
		key := keyOf(c.Element)
		delete(s.reports, key)
		delete(s.verifying, key)
	}
}

// deadline returns the time of the first timer of the handlespace, zero without timers.
func (s *supervision) deadline() time.Time { return s.hs.NextDeadline() }
