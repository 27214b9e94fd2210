package main

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxPending bounds the requests that wait for an answer.
const maxPending = 1 << 16

// exchanges finds the answers to requests. SCTP keeps the order of messages, so an answer belongs to the
// oldest request of its kind that waits. When too many requests wait, the oldest is forgotten.
type exchanges struct {
	pending map[exchangeKey][]*request
	order   []*request // the oldest first, with those that are answered
	waiting int
}

// exchangeKey tells requests apart that get different answers.
type exchangeKey struct {
	association      *numbered
	fromOpener       bool
	request, subject string
}

// request is a request that may wait for its answer.
type request struct {
	key  exchangeKey
	at   time.Time
	life time.Duration // that a registration asks for
	done bool
}

// answer is an answer to a request.
type answer struct {
	request string
	latency time.Duration
	life    time.Duration // that a registration has asked for
}

func newExchanges() *exchanges { return &exchanges{pending: make(map[exchangeKey][]*request)} }

// ask notes a message if it is a request, and returns the name of the request.
func (e *exchanges) ask(m *message) (name string, ok bool) {
	part, ok := m.Exchange()
	if !ok || part.IsAnswer || m.association == nil {
		return "", false
	}
	if e.waiting >= maxPending {
		e.forget()
	}
	r := &request{key: exchangeKey{m.association, m.fromOpener, part.Request, part.Subject}, at: m.Time}
	if registration, ok := m.Parsed().(*asapmsg.Registration); ok {
		r.life = registration.PoolElement.RegistrationLife
	}
	e.pending[r.key] = append(e.pending[r.key], r)
	e.waiting++
	e.order = append(e.order, r)
	if len(e.order) > 2*maxPending {
		e.compact()
	}
	return part.Request, true
}

// answer returns the answer in a message, and false if the message answers no request.
func (e *exchanges) answer(m *message) (answer, bool) {
	part, ok := m.Exchange()
	if !ok || !part.IsAnswer || m.association == nil {
		return answer{}, false
	}
	r := e.take(exchangeKey{m.association, !m.fromOpener, part.Request, part.Subject})
	if r == nil {
		return answer{}, false
	}
	return answer{part.Request, max(m.Time.Sub(r.at), 0), r.life}, true
}

// take returns the oldest request with a key, nil if none waits.
func (e *exchanges) take(key exchangeKey) *request {
	waiting := e.pending[key]
	if len(waiting) == 0 {
		return nil
	}
	if len(waiting) == 1 {
		delete(e.pending, key)
	} else {
		e.pending[key] = waiting[1:]
	}
	e.waiting--
	waiting[0].done = true
	return waiting[0]
}

// forget forgets the oldest request that waits.
func (e *exchanges) forget() {
	for i, r := range e.order {
		if !r.done {
			e.take(r.key) // The oldest of all is the oldest with its key.
			e.order = e.order[i+1:]
			return
		}
	}
}

// compact removes the answered requests from the order.
func (e *exchanges) compact() {
	kept := make([]*request, 0, maxPending+1)
	for _, r := range e.order {
		if !r.done {
			kept = append(kept, r)
		}
	}
	e.order = kept
}

// latencies counts requests and the latencies of their answers.
type latencies struct {
	requests, answered int
	histogram          *hdrhistogram.Histogram
}

// The range of latencies that are told apart, in microseconds.
const (
	minLatency = 1
	maxLatency = int64(time.Hour / time.Microsecond)
)

// answer counts an answer. Percentiles have so many digits.
func (l *latencies) answer(latency time.Duration, digits int) {
	if l.histogram == nil {
		l.histogram = hdrhistogram.New(minLatency, maxLatency, digits)
	}
	l.answered++
	_ = l.histogram.RecordValue(min(max(latency.Microseconds(), minLatency), maxLatency)) // It is within the range.
}

// latencyRow has the figures of requests. Times are in microseconds.
type latencyRow struct {
	Requests   int   `json:"requests"`
	Unanswered int   `json:"unanswered"`
	P50        int64 `json:"p50_us"`
	P99        int64 `json:"p99_us"`
	Max        int64 `json:"max_us"`
}

// row returns the figures.
func (l *latencies) row() latencyRow {
	r := latencyRow{Requests: l.requests, Unanswered: l.requests - l.answered}
	if l.histogram != nil {
		r.P50, r.P99, r.Max = l.histogram.ValueAtQuantile(50), l.histogram.ValueAtQuantile(99), l.histogram.Max()
	}
	return r
}

// time returns one of the times for people, or - if there is no answer.
func (r *latencyRow) time(microseconds int64) string {
	if r.Requests == r.Unanswered {
		return "-"
	}
	d := time.Duration(microseconds) * time.Microsecond
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.String()
}
