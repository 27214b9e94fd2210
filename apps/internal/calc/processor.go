package calc

import (
	"math"
	"time"
)

// processor is a processor that all jobs share equally. Its virtual time counts the calculations
// that each present job has got since the processor was idle, so a job that begins at the virtual
// time v with n calculations to go ends at v + n, whatever jobs come and go meanwhile.
type processor struct {
	capacity float64 // calculations in a second
	jobs     int
	at       time.Time // of the last change
	virtual  float64   // at that time
}

// now returns the virtual time at a time after the last change.
func (p *processor) now(at time.Time) float64 {
	elapsed := at.Sub(p.at).Seconds()
	if p.jobs == 0 || elapsed <= 0 {
		return p.virtual
	}
	return p.virtual + elapsed*p.capacity/float64(p.jobs)
}

// maxWait bounds a wait, so that times do not overflow. After it, the wait is computed again.
const maxWait = 24 * time.Hour

// reaches returns the time when the virtual time is v, or an earlier time that is far away. There is
// a job.
func (p *processor) reaches(v float64) time.Time {
	seconds := (v - p.virtual) * float64(p.jobs) / p.capacity
	wait := min(max(math.Ceil(seconds*float64(time.Second)), 0), float64(maxWait))
	return p.at.Add(time.Duration(wait))
}

// change changes the number of jobs at a time, by 1, 0 or -1.
func (p *processor) change(at time.Time, by int) {
	p.virtual = p.now(at)
	if at.After(p.at) {
		p.at = at
	}
	if p.jobs += by; p.jobs == 0 {
		p.virtual = 0 // Small numbers are more exact.
	}
}
