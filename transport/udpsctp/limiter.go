package udpsctp

import (
	"sync"
	"time"
)

// A limiter is a token bucket.
type limiter struct {
	rate float64 // Tokens per second, and the capacity of the bucket.

	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// take takes a token, and reports false if the bucket is empty.
func (l *limiter) take(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		l.tokens = l.rate
	} else {
		l.tokens = min(l.rate, l.tokens+now.Sub(l.last).Seconds()*l.rate)
	}
	l.last = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}
