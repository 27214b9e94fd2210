package asapside

import "time"

// limiter passes a number of requests in a second, and after a pause up to a second's
// worth at once. A refused request costs nothing, so a peer that goes on asking gets
// through at the permitted rate.
type limiter struct {
	free time.Time // the time by which all passed requests are paid for
}

// limiterBurst bounds the requests that pass at once, as the time that they take at the
// permitted rate.
const limiterBurst = time.Second

// allow reports whether another request may be served at a rate per second, and charges
// for it. Rate 0 is no limit.
func (l *limiter) allow(now time.Time, rate float64) bool {
	if rate <= 0 {
		return true
	}
	if l.free.Before(now) {
		l.free = now
	}
	if used := l.free.Sub(now); used > 0 && used+cost(rate) > limiterBurst {
		return false
	}
	l.free = l.free.Add(cost(rate))
	return true
}

// cost returns the time that a request takes at a rate. The lowest rate is a request in an
// hour.
func cost(rate float64) time.Duration {
	return time.Duration(min(float64(time.Second)/rate, float64(time.Hour)))
}
