package calc

import (
	"cmp"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/transport/step"
)

// ElementConfig configures an [Element]. All fields are above 0.
type ElementConfig struct {
	// MaxJobs is the number of jobs at a time.
	MaxJobs int
	// Capacity is the number of calculations in a second, which all jobs share.
	Capacity float64
	// KeepAlive is the time from the acceptance, or from the last acknowledgement, to the next
	// keep-alive. A job is removed if its user does not answer within KeepAliveTimeout.
	KeepAlive, KeepAliveTimeout time.Duration
	// CookieTime and CookieCalculations are the time and the work after which the user gets the
	// state of the job, whichever comes first.
	CookieTime         time.Duration
	CookieCalculations float64
}

// Element is a pool element that works on jobs. It takes [Received], [Resumed], [Ended], [Stop] and
// [step.Tick].
type Element struct {
	config   ElementConfig
	begin    time.Time
	sessions map[SessionID]map[uint32]*job // without sessions that have no job
	jobs     int

	processor processor
	work      agenda[float64]
	timers    agenda[int64]

	former, since float64 // calculations of removed jobs; sum of the virtual times when present jobs began
	accepted      uint64
	rejected      uint64
	actions       []step.Action
}

// NewElement returns an element without jobs.
func NewElement(now time.Time, config ElementConfig) *Element {
	return &Element{
		config: config, begin: now, sessions: make(map[SessionID]map[uint32]*job),
		processor: processor{capacity: config.Capacity, at: now},
	}
}

// Usage returns the numbers of the element.
func (e *Element) Usage(now time.Time) Usage {
	up := now.Sub(e.begin)
	return Usage{
		Uptime: up, Available: e.config.Capacity * up.Seconds(),
		Used:     e.former + float64(e.processor.jobs)*e.processor.now(now) - e.since,
		Jobs:     e.jobs,
		Accepted: e.accepted, Rejected: e.rejected,
	}
}

// Deadline returns the time of the next Tick, zero if none is due.
func (e *Element) Deadline() (at time.Time) {
	if len(e.work) > 0 {
		at = e.processor.reaches(e.work[0].at)
	}
	if len(e.timers) > 0 {
		if t := e.begin.Add(time.Duration(e.timers[0].at)); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// maxDue bounds the work of a step on jobs that are due at the same time. The rest is due at once.
const maxDue = 128

// Step takes an event and returns the actions that follow, in order.
func (e *Element) Step(now time.Time, ev step.Event) []step.Action {
	e.actions = nil
	e.advance(now)
	switch ev := ev.(type) {
	case Received:
		e.receive(now, ev.Session, ev.Message)
	case Resumed:
		c := ev.Cookie
		e.request(now, ev.Session, c.JobID, c.JobSize, min(c.Completed, c.JobSize))
	case Ended:
		for _, j := range e.jobsOf(ev.Session) {
			e.remove(now, j, Dropped)
		}
	case Stop:
		e.stop(now, ev.Clean)
	}
	e.advance(now) // An empty job is complete at once.
	return e.actions
}

// do adds an action to the current step.
func (e *Element) do(a step.Action) { e.actions = append(e.actions, a) }

// advance does the work that is due, each at its time: a late tick does not change the share of the
// other jobs.
func (e *Element) advance(now time.Time) {
	for range maxDue {
		at := e.Deadline()
		if at.IsZero() || at.After(now) {
			return
		}
		if len(e.work) > 0 && !e.processor.reaches(e.work[0].at).After(at) {
			e.handleWork(at, e.work[0].job)
			continue
		}
		e.handleTimer(at, e.timers[0].job)
	}
}

// handleWork handles the virtual time of a job: it is complete, or its state is due.
func (e *Element) handleWork(at time.Time, j *job) {
	if !at.Before(e.processor.at.Add(maxWait)) {
		e.processor.change(at, 0) // The time may still be far away.
		return
	}
	if j.work.at >= j.ends() {
		e.do(Send{j.session, calcapp.Message{Type: calcapp.TypeComplete, JobID: j.id, JobSize: j.size, Completed: j.size}})
		e.remove(at, j, Complete)
		return
	}
	e.save(at, j)
}

// handleTimer handles a timer of a job.
func (e *Element) handleTimer(at time.Time, j *job) {
	if !at.Before(j.saved.Add(e.config.CookieTime)) {
		e.save(at, j)
	}
	if at.Before(j.peerAt) {
		return
	}
	if j.asking {
		e.remove(at, j, Silent)
		return
	}
	e.do(Send{j.session, calcapp.Message{Type: calcapp.TypeKeepAlive, JobID: j.id}})
	j.asking, j.peerAt = true, at.Add(e.config.KeepAliveTimeout)
	e.setTimer(j)
}

// save gives the state of a job to its user.
func (e *Element) save(at time.Time, j *job) {
	virtual := e.processor.now(at)
	e.do(Save{j.session, j.cookie(virtual)})
	j.saved, j.savedAt = at, virtual
	e.work.move(&j.work, e.nextWork(j))
	e.setTimer(j)
}

// nextWork returns the next virtual time of a job.
func (e *Element) nextWork(j *job) float64 {
	return min(j.ends(), j.savedAt+e.config.CookieCalculations)
}

// nextTimer returns the next time of a job.
func (e *Element) nextTimer(j *job) int64 {
	at := j.saved.Add(e.config.CookieTime)
	if j.peerAt.Before(at) {
		at = j.peerAt
	}
	return int64(at.Sub(e.begin))
}

// setTimer sets the timer of a job.
func (e *Element) setTimer(j *job) { e.timers.move(&j.timer, e.nextTimer(j)) }

// receive handles a message of a user. Messages of other types are ignored.
func (e *Element) receive(now time.Time, session SessionID, m calcapp.Message) {
	j := e.sessions[session][m.JobID]
	switch {
	case m.Type == calcapp.TypeRequest:
		e.request(now, session, m.JobID, m.JobSize, 0)
	case j == nil: // Without an answer to its keep-alive, the user fails over.
	case m.Type == calcapp.TypeKeepAlive:
		e.do(Send{session, calcapp.Message{Type: calcapp.TypeKeepAliveAck, JobID: m.JobID}})
	case m.Type == calcapp.TypeKeepAliveAck:
		j.asking, j.peerAt = false, now.Add(e.config.KeepAlive)
		e.setTimer(j)
	}
}

// request accepts a job if there is room. A repeated request is accepted again, and changes nothing.
func (e *Element) request(now time.Time, session SessionID, id uint32, size, completed uint64) {
	if e.sessions[session][id] != nil {
		e.do(Send{session, calcapp.Message{Type: calcapp.TypeAccept, JobID: id}})
		return
	}
	change := Change{Session: session, JobID: id, Size: size, Completed: completed}
	if e.jobs >= e.config.MaxJobs {
		e.rejected++
		e.do(Send{session, calcapp.Message{Type: calcapp.TypeReject, JobID: id}})
		change.Kind = Rejected
		e.do(change)
		return
	}
	e.accepted++
	e.add(now, session, id, size, completed)
	e.do(Send{session, calcapp.Message{Type: calcapp.TypeAccept, JobID: id}})
	e.do(change)
}

// add begins to work on a job.
func (e *Element) add(now time.Time, session SessionID, id uint32, size, completed uint64) {
	e.processor.change(now, 1)
	virtual := e.processor.now(now)
	j := &job{
		session: session, id: id, size: size, before: completed, began: virtual,
		saved: now, savedAt: virtual, peerAt: now.Add(e.config.KeepAlive),
	}
	e.since += virtual
	if e.sessions[session] == nil {
		e.sessions[session] = make(map[uint32]*job)
	}
	e.sessions[session][id] = j
	e.jobs++
	e.work.add(&j.work, j, e.nextWork(j))
	e.timers.add(&j.timer, j, e.nextTimer(j))
	e.do(Load{session, len(e.sessions[session])})
}

// remove ends the work on a job.
func (e *Element) remove(now time.Time, j *job, why ChangeKind) {
	virtual := e.processor.now(now)
	change := Change{Session: j.session, Kind: why, JobID: j.id, Size: j.size, Completed: j.completed(virtual)}
	if why == Complete {
		change.Completed, change.Usage = j.size, e.Usage(now)
	}
	e.former += min(max(virtual-j.began, 0), float64(j.size-j.before))
	e.since -= j.began
	delete(e.sessions[j.session], j.id)
	left := len(e.sessions[j.session])
	if left == 0 {
		delete(e.sessions, j.session)
	}
	e.jobs--
	e.work.remove(&j.work)
	e.timers.remove(&j.timer)
	e.processor.change(now, -1)
	if e.jobs == 0 {
		e.since = 0
	}
	e.do(change)
	e.do(Load{j.session, left})
}

// jobsOf returns the jobs of a session by their identifiers.
func (e *Element) jobsOf(session SessionID) []*job {
	jobs := make([]*job, 0, len(e.sessions[session]))
	for _, j := range e.sessions[session] {
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b *job) int { return cmp.Compare(a.id, b.id) })
	return jobs
}

// stop ends all jobs.
func (e *Element) stop(now time.Time, clean bool) {
	sessions := make([]SessionID, 0, len(e.sessions))
	for s := range e.sessions {
		sessions = append(sessions, s)
	}
	slices.Sort(sessions)
	for _, s := range sessions {
		for _, j := range e.jobsOf(s) {
			if clean {
				e.do(Save{s, j.cookie(e.processor.now(now))})
			}
			e.remove(now, j, Handed)
		}
	}
}
