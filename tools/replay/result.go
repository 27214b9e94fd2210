package replay

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/rserpool-go/rserpool/tools/internal/player"
)

// Result sums a replay up. Latencies are in microseconds.
type Result struct {
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
	// Cues are the events of the capture that were played: messages, and beginnings and ends
	// of associations.
	Cues int64 `json:"cues"`
	// Answers are the pairs of messages that were compared, and Differences the fields in
	// which they differ.
	Answers     int `json:"answers"`
	Differences int `json:"differences"`
	// Registrars are the figures of each registrar.
	Registrars []Tally `json:"registrars"`
}

// Tally are the figures of a registrar.
type Tally struct {
	// Sent and Received are messages to and from the registrar.
	Sent     int `json:"sent"`
	Received int `json:"received"`
	// Skipped are messages of the capture that could not be sent, because their association
	// was not up.
	Skipped int `json:"skipped"`
	// Unsettled are requests without an answer in the capture.
	Unsettled int `json:"unsettled"`
	// Refused are associations that could not be opened.
	Refused int `json:"refused"`
	// MessagesPerSecond are messages in both directions.
	MessagesPerSecond float64 `json:"messages_per_second"`
	P50               int64   `json:"p50_us"`
	P90               int64   `json:"p90_us"`
	P99               int64   `json:"p99_us"`
	Max               int64   `json:"max_us"`

	latency *hdrhistogram.Histogram
}

// The range of latencies that are told apart, in microseconds, by 3 digits.
const (
	minLatency = 1
	maxLatency = int64(time.Hour / time.Microsecond)
	digits     = 3
)

func newTally() Tally { return Tally{latency: hdrhistogram.New(minLatency, maxLatency, digits)} }

// answer notes the latency of an answer.
func (t *Tally) answer(latency time.Duration) {
	if latency > 0 {
		us := min(max(latency.Microseconds(), minLatency), maxLatency)
		_ = t.latency.RecordValue(us) // It is within the range.
	}
}

// add adds the messages of a round.
func (t *Tally) add(c player.Counts) {
	t.Sent += c.Sent
	t.Received += c.Received
	t.Skipped += c.Skipped
	t.Unsettled += c.Unsettled
	t.Refused += c.Refused
}

// finish computes rate and percentiles.
func (t *Tally) finish(seconds float64) {
	if seconds > 0 {
		t.MessagesPerSecond = float64(t.Sent+t.Received) / seconds
	}
	if t.latency.TotalCount() > 0 {
		t.P50, t.P90, t.P99 = t.latency.ValueAtQuantile(50), t.latency.ValueAtQuantile(90), t.latency.ValueAtQuantile(99)
		t.Max = t.latency.Max()
	}
}
