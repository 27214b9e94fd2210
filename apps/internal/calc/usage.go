package calc

import (
	"math"
	"time"
)

// Usage has the numbers of an element.
type Usage struct {
	// Uptime is the time since the beginning of the element.
	Uptime time.Duration
	// Available and Used are numbers of calculations. Used counts those of jobs.
	Available, Used float64
	// Jobs is the number of present jobs. A job that is complete is among them.
	Jobs int
	// Accepted and Rejected count jobs.
	Accepted, Rejected uint64
}

// Wasted is the number of calculations that no job has used.
func (u *Usage) Wasted() float64 { return math.Max(u.Available-u.Used, 0) }

// Utilization is the used part of the available calculations, from 0 to 1.
func (u *Usage) Utilization() float64 {
	if u.Available <= 0 {
		return 0
	}
	return min(u.Used/u.Available, 1)
}
