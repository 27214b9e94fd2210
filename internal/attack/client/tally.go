package client

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Report has the figures of a client.
type Report struct {
	Questions int64 `json:"questions"`
	// Lost are questions without an answer.
	Lost int64 `json:"lost"`
	// Associations is the number of associations that ended while questions were open.
	Associations int64 `json:"associations_ended"`
	// Elements is the least number of the client's elements in an answer.
	Elements int `json:"elements"`
	// The latencies are in microseconds.
	P50 int64 `json:"p50_us"`
	P99 int64 `json:"p99_us"`
	Max int64 `json:"max_us"`
}

// Worse returns the worse of both figures in every respect.
func (r Report) Worse(other Report) Report {
	return Report{
		Questions:    r.Questions + other.Questions,
		Lost:         r.Lost + other.Lost,
		Associations: r.Associations + other.Associations,
		Elements:     min(r.Elements, other.Elements),
		P50:          max(r.P50, other.P50),
		P99:          max(r.P99, other.P99),
		Max:          max(r.Max, other.Max),
	}
}

// The range of latencies that are told apart, in microseconds, by 3 digits.
const (
	minLatency = 1
	maxLatency = int64(time.Hour / time.Microsecond)
	digits     = 3
)

const answerPoll = time.Millisecond

// tally counts questions and answers. The target answers the questions of an association in their order.
type tally struct {
	all int // the client's elements

	mu       sync.Mutex // guards the following fields
	due      []time.Time
	latency  *hdrhistogram.Histogram
	ended    int64
	elements int // in the worst answer
}

func newTally(all int) *tally {
	return &tally{all: all, elements: all, latency: hdrhistogram.New(minLatency, maxLatency, digits)}
}

// reset forgets all answers. No question is open.
func (t *tally) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latency.Reset()
	t.ended, t.elements = 0, t.all
}

// noteQuestion notes a question before it is sent.
func (t *tally) noteQuestion(due time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due = append(t.due, due)
}

// takeBack forgets the last question, which was not sent. The association may have ended meanwhile, with all questions.
func (t *tally) takeBack() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.due = t.due[:max(len(t.due)-1, 0)]
}

// noteAnswer notes the answer to the oldest question, and the number of the client's elements in it.
func (t *tally) noteAnswer(now time.Time, elements int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.due) == 0 {
		return
	}
	us := now.Sub(t.due[0]).Microseconds()
	t.due = t.due[1:]
	_ = t.latency.RecordValue(min(max(us, minLatency), maxLatency)) // It is within the range.
	t.elements = min(t.elements, elements)
}

// giveUp forgets the open questions at the end of their association.
func (t *tally) giveUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.due) > 0 {
		t.ended++
	}
	t.due = nil
}

// isComplete reports whether all elements were in every answer, and forgets the answers otherwise.
func (t *tally) isComplete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latency.TotalCount() > 0 && t.elements == t.all {
		return true
	}
	t.latency.Reset()
	t.elements = t.all
	return false
}

// awaitAnswers waits until no question is open.
func (t *tally) awaitAnswers(ctx context.Context) error {
	for {
		t.mu.Lock()
		open := len(t.due)
		t.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-time.After(answerPoll):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// report sums up. Each question without an answer is lost.
func (t *tally) report(questions int64) Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	answers := t.latency.TotalCount()
	r := Report{Questions: questions, Lost: questions - answers, Associations: t.ended, Elements: t.elements}
	if answers > 0 {
		r.P50, r.P99, r.Max = t.latency.ValueAtQuantile(50), t.latency.ValueAtQuantile(99), t.latency.Max()
	} else {
		r.Elements = 0
	}
	return r
}
