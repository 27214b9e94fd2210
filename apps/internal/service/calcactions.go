package service

import (
	"time"

	"github.com/rserpool-go/rserpool/apps/internal/calc"
	"github.com/rserpool-go/rserpool/apps/internal/results"
	"github.com/rserpool-go/rserpool/transport/step"
)

// step feeds the element and carries out its actions. A nil event is a tick. The loop calls step.
func (c *calcServer) step(now time.Time, ev step.Event) {
	if ev == nil {
		ev = step.Tick{}
	}
	for _, action := range c.element.Step(now, ev) {
		switch a := action.(type) {
		case calc.Send:
			item := calcItem{message: a.Message}
			c.sessions[a.Session].out.put(item, func(calcItem) bool { return false })
		case calc.Save:
			// Only the newest state of a session counts.
			c.sessions[a.Session].out.put(calcItem{state: &a.Cookie}, func(i calcItem) bool { return i.state != nil })
		case calc.Load:
			c.sessions[a.Session].SetLoad(float64(a.Jobs) / float64(c.config.Element.MaxJobs))
		case calc.Change:
			c.note(now, a)
		}
	}
}

// note prints what has become of a job.
func (c *calcServer) note(now time.Time, a calc.Change) {
	s := c.sessions[a.Session]
	switch a.Kind {
	case calc.Accepted:
		s.Printf("job %d accepted, %d of %d calculations to go", a.JobID, a.Size-a.Completed, a.Size)
	case calc.Rejected:
		s.Printf("job %d rejected: limit of %d jobs reached", a.JobID, c.config.Element.MaxJobs)
	case calc.Complete:
		s.Printf("job %d complete, %d calculations", a.JobID, a.Size)
		c.row(now, s, &a.Usage)
	case calc.Silent:
		s.Printf("job %d removed after %d calculations: no answer to a keep-alive", a.JobID, a.Completed)
	case calc.Dropped:
		s.Printf("job %d removed after %d calculations with the session", a.JobID, a.Completed)
	case calc.Handed:
		s.Printf("job %d ends after %d calculations with the server", a.JobID, a.Completed)
	}
}

// row adds a row to the table of jobs.
func (c *calcServer) row(now time.Time, s *calcSession, u *calc.Usage) {
	c.config.Files.Row("%v %s   %s   %.0f %.0f %.6f   %d %d", s.Element(), results.Stamp(now), results.Seconds(u.Uptime),
		u.Available, u.Used, u.Utilization(), u.Jobs, c.config.Element.MaxJobs)
}
