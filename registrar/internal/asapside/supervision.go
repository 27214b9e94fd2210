package asapside

import (
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire/asapmsg"

	"github.com/rserpool-go/rserpool/transport/step"
)

// The timers of elements whose home this registrar is.
const (
	// timerKeepAlive: a keep-alive is due.
	timerKeepAlive handlespace.TimerCode = iota + 1
	// timerAck: the acknowledgement of a keep-alive is overdue.
	timerAck
)

// timerReports: the same, for an element that enough users have reported. Code 3 is
// that of elements whose home is another registrar.
const timerReports handlespace.TimerCode = 4

// alive notes a sign of life of an element: what was reported before is void.
func (r *Registrar) alive(now time.Time, e *handlespace.Element) {
	delete(r.reports, keyOf(e))
	r.keepAliveLater(now, e)
}

// keepAliveLater sets the timer for the next keep-alive after a sign of life.
func (r *Registrar) keepAliveLater(now time.Time, e *handlespace.Element) {
	interval := r.config.KeepAliveInterval
	r.setTimer(e, timerKeepAlive, now.Add(interval-time.Duration(r.random.Int64N(int64(interval/4)+1))))
}

// keepAliveNow asks an element whether it lives (RFC 5352, 3.4), unless that has
// been done and not been answered yet.
func (r *Registrar) keepAliveNow(now time.Time, e *handlespace.Element) {
	if e.Timer() == timerAck || e.Timer() == timerReports || e.Association() == 0 {
		return
	}
	r.setTimer(e, timerAck, now.Add(r.config.KeepAliveTimeout))
	r.counts.KeepAlives++
	r.send(step.AssocID(e.Association()), &asapmsg.EndpointKeepAlive{
		ServerID:   r.config.ID,
		PoolHandle: e.PoolHandle(),
		PEID:       e.ID(),
	})
}

// setTimer sets an element's timer, but not beyond its registration life.
func (r *Registrar) setTimer(e *handlespace.Element, code handlespace.TimerCode, at time.Time) {
	if end := r.lifeEnd(e); !end.IsZero() && end.Before(at) {
		at = end
	}
	r.hs.SetTimer(e, code, at)
}

// lifeEnd returns when the registration of an element ends, zero if it has no life:
// then keep-alives alone decide.
func (r *Registrar) lifeEnd(e *handlespace.Element) time.Time {
	if e.RegistrationLife() == 0 {
		return time.Time{}
	}
	return r.hs.UpdatedAt(e).Add(e.RegistrationLife())
}

// expire does what the elements' timers ask for.
func (r *Registrar) expire(now time.Time) {
	for {
		e, code := r.hs.PopExpired(now)
		if e == nil {
			return
		}
		end := r.lifeEnd(e)
		switch {
		case e.HomeID() != r.config.ID, !end.IsZero() && !now.Before(end):
			r.remove(e, RemovedLife)
		case code == timerKeepAlive:
			r.keepAliveNow(now, e)
		case code == timerReports:
			r.remove(e, RemovedReports)
		default:
			if assoc := step.AssocID(e.Association()); assoc != 0 {
				r.do(step.Abort{Assoc: assoc, Reason: string(RemovedKeepAlive)})
			} else if adoption := r.adoptions.elements[keyOf(e)]; adoption != nil && adoption.assoc != 0 {
				r.hangUp(adoption.assoc)
			}
			r.remove(e, RemovedKeepAlive)
		}
	}
}

// acknowledged notes a sign of life, which must come from the element itself.
func (r *Registrar) acknowledged(now time.Time, assoc step.AssocID, m *asapmsg.EndpointKeepAliveAck) {
	e := r.hs.Find(m.PoolHandle, m.PEID)
	if e == nil || r.adopted(now, e, assoc) || step.AssocID(e.Association()) != assoc {
		return
	}
	if r.verifying[keyOf(e)] {
		delete(r.verifying, keyOf(e))
		r.do(ElementVerified{Pool: e.PoolHandle(), ID: e.ID()})
	}
	r.alive(now, e)
}

// verify asks an element of ours that another registrar claims.
func (r *Registrar) verify(now time.Time, ev Verify) {
	e := r.hs.Find(ev.Pool, ev.ID)
	if e == nil || e.HomeID() != r.config.ID || e.Association() == 0 {
		return
	}
	r.verifying[keyOf(e)] = true
	r.keepAliveNow(now, e)
}
