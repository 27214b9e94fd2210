package asapside

import "time"

// limiter lets so many requests through in a second, and after a pause up to a
// second's worth at once. What it refuses costs nothing, so whoever goes on asking
// gets through at the rate.
type limiter struct {
	free time.Time // when all that has been let through is paid for
}

// limiterBurst is what may come at once, as the time that it takes at the rate.
const limiterBurst = time.Second

// allow reports whether one more request may be served at a rate per second. Rate 0
// is for any.
func (l *limiter) allow(now time.Time, rate float64) bool {
	if rate <= 0 {
		return true
	}
	if l.free.Before(now) {
		l.free = now
	}
	if used := l.free.Sub(now); used > 0 && used+l.cost(rate) > limiterBurst {
		return false
	}
	l.free = l.free.Add(l.cost(rate))
	return true
}

// cost returns how long a request takes at a rate, of which the lowest is one in an
// hour.
func (l *limiter) cost(rate float64) time.Duration {
	return time.Duration(min(float64(time.Second)/rate, float64(time.Hour)))
}
