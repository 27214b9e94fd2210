package bench

import (
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a measurement has found. Latencies are in microseconds.
type Result struct {
	Mode                Mode    `json:"mode"`
	Associations        int     `json:"associations"`
	Window              int     `json:"window"`
	Seconds             float64 `json:"seconds"`
	Operations          int64   `json:"operations"`
	OperationsPerSecond float64 `json:"operations_per_second"`
	// OfferedPerSecond is the rate of [Config]. 0: requests as fast as answers come.
	OfferedPerSecond float64 `json:"offered_per_second,omitempty"`
	// Missed: the answers did not keep up with the offered rate. More than a hundredth of the requests
	// that were due, and more than one for each association, had no answer at the end.
	Missed bool `json:"missed,omitempty"`
	// Errors are answers that refuse the request.
	Errors int64 `json:"errors"`
	// Unanswered are the requests that were due and had no answer at the end: up to
	// what the windows hold if answers keep up. Operations and the percentiles are
	// without them.
	Unanswered int64 `json:"unanswered"`
	P50        int64 `json:"p50_us"`
	P90        int64 `json:"p90_us"`
	P99        int64 `json:"p99_us"`
	// Max is the longest time that a request has waited, for an answer or for the end.
	Max int64 `json:"max_us"`
}

// The range of latencies that are told apart, in microseconds, by 3 digits.
const (
	minLatency = 1
	maxLatency = int64(24 * time.Hour / time.Microsecond)
	digits     = 3
)

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(minLatency, maxLatency, digits)
}

// tally is what one association has counted.
type tally struct {
	latency    *hdrhistogram.Histogram
	answers    atomic.Int64 // so far
	errors     int64
	unanswered int64
	oldest     time.Duration // how long the oldest of these has waited
}

// record notes an answer.
func (t *tally) record(latency time.Duration, refused bool) {
	us := min(max(latency.Microseconds(), minLatency), maxLatency)
	_ = t.latency.RecordValue(us) // It is within the range.
	t.answers.Add(1)
	if refused {
		t.errors++
	}
}

// finish notes how many requests there were, and how long the oldest that has no answer
// has waited.
func (t *tally) finish(requests int64, oldest time.Duration) {
	t.unanswered = requests - t.latency.TotalCount()
	t.oldest = oldest
}

// result sums up.
func (c *Config) result(tallies []*tally, took time.Duration) Result {
	all := newHistogram()
	r := Result{Mode: c.Mode, Associations: c.Associations, Window: c.Window, Seconds: took.Seconds()}
	for _, t := range tallies {
		all.Merge(t.latency)
		r.Errors += t.errors
		r.Unanswered += t.unanswered
		r.Max = max(r.Max, t.oldest.Microseconds())
	}
	r.Operations = all.TotalCount()
	r.OperationsPerSecond = float64(r.Operations) / took.Seconds()
	r.OfferedPerSecond = c.Rate
	due := r.Operations + r.Unanswered
	r.Missed = c.Rate > 0 && r.Unanswered > max(due/100, int64(c.Associations))
	if r.Operations > 0 {
		r.P50, r.P90, r.P99 = all.ValueAtQuantile(50), all.ValueAtQuantile(90), all.ValueAtQuantile(99)
		r.Max = max(r.Max, all.Max())
	}
	return r
}
