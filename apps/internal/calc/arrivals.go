package calc

import (
	"math"
	"math/rand/v2"
	"time"
)

// Arrivals draws jobs: times between them and sizes are exponentially distributed.
type Arrivals struct {
	// Interval and Size are the means. Size counts calculations.
	Interval time.Duration
	Size     float64
	Random   *rand.Rand
}

// Next returns the time to the next job, and its size, which is at least 1.
func (a *Arrivals) Next() (wait time.Duration, size uint64) {
	const most = 1 << 62 // Far above any likely draw.
	wait = time.Duration(min(float64(a.Interval)*a.Random.ExpFloat64(), most))
	return wait, uint64(math.Round(min(max(a.Size*a.Random.ExpFloat64(), 1), most)))
}
