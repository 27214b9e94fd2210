package asapside

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// A limiter passes the requests that the rate allows, and no more than a second's worth at
// once.
func TestLimiter(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rate  float64
		every time.Duration // between requests
		n     int
		want  int // how many are let through
	}{
		{rate: 0, every: 0, n: 1000, want: 1000},
		{rate: -1, every: 0, n: 1000, want: 1000},
		{rate: 10, every: 0, n: 1000, want: 10},
		{rate: 10, every: 100 * time.Millisecond, n: 1000, want: 1000},
		{rate: 10, every: 10 * time.Millisecond, n: 1000, want: 109},
		{rate: 0.5, every: time.Second, n: 100, want: 50},
		{rate: 1e-9, every: time.Minute, n: 600, want: 10},
		{rate: 1e30, every: 0, n: 1000, want: 1000},
	} {
		var l limiter
		now, got := steptest.Begin, 0
		for range tc.n {
			if l.allow(now, tc.rate) {
				got++
			}
			now = now.Add(tc.every)
		}
		if got != tc.want {
			t.Errorf("rate %v, a request every %v: %d of %d let through, want %d", tc.rate, tc.every, got, tc.n, tc.want)
		}
	}
}
