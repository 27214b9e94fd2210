package sim

import "time"

// process is a running program.
type process struct {
	host     *host
	running  bool
	paused   time.Duration // before this time the process does nothing, as on a busy host
	wakeAt   time.Duration // due time of wake, below 0: none
	tickTime time.Duration // that a tick takes
	busy     time.Duration // the end of the last tick
	spins    int           // number of wakes at the present time
	deadline func() time.Time
	tick     func()
}

// after runs a function later, unless the process has ended by then.
func (p *process) after(d time.Duration, run func()) {
	p.host.w.after(d, func() {
		if p.running {
			run()
		}
	})
}

// maxSpins is the number of times that a process may be woken without time passing.
const maxSpins = 1000

// arm plans to wake the process at its deadline.
func (p *process) arm() {
	d := p.deadline()
	if d.IsZero() || !p.running {
		return
	}
	w := p.host.w
	at := max(p.host.worldTime(d), p.busy, w.now)
	if p.wakeAt >= w.now && p.wakeAt <= at {
		return // wake arms again.
	}
	if at > w.now {
		p.spins = 0
	} else if p.spins++; p.spins > maxSpins {
		w.violate("%s: the deadline stays in the past", p.host.name)
		return
	}
	p.wakeAt = at
	w.at(at, p.wake)
}

// wake calls tick if the deadline has passed by the host's clock, and arms again.
func (p *process) wake() {
	w := p.host.w
	if !p.running || p.wakeAt != w.now {
		return
	}
	p.wakeAt = -1
	if p.paused > w.now {
		w.at(p.paused, p.arm)
		return
	}
	if d := p.deadline(); !d.IsZero() && !p.host.clock().Before(d) {
		p.busy = w.now + p.tickTime
		p.tick()
	}
	p.arm()
}
