package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/apps/calcapp"
	"github.com/rserpool-go/rserpool/apps/internal/results"
)

// Summary has the numbers of a client. Times are sums over complete jobs, in seconds.
type Summary struct {
	Queued    uint64 `json:"jobs_queued"`
	Started   uint64 `json:"jobs_started"`
	Completed uint64 `json:"jobs_completed"`

	SizeQueued    float64 `json:"size_queued"`
	SizeStarted   float64 `json:"size_started"`
	SizeCompleted float64 `json:"size_completed"`

	Requests      uint64 `json:"requests"`
	Accepts       uint64 `json:"accepts"`
	Rejects       uint64 `json:"rejects"`
	KeepAlives    uint64 `json:"keepalives"`     // sent
	KeepAliveAcks uint64 `json:"keepalive_acks"` // sent
	Failovers     uint64 `json:"failovers"`

	Queuing    float64 `json:"queuing_s"`
	Startup    float64 `json:"startup_s"`
	Processing float64 `json:"processing_s"`
	Handling   float64 `json:"handling_s"`
	// The speeds are calculations of complete jobs in a second of the time above.
	ProcessingSpeed float64 `json:"processing_speed"`
	HandlingSpeed   float64 `json:"handling_speed"`
}

// times are the parts of the time of a complete job.
type times struct {
	queuing    time.Duration // in the queue
	startup    time.Duration // until an element has accepted the job
	processing time.Duration // until the job is complete
}

func timesOf(j *job) times {
	return times{j.started.Sub(j.queued), j.accepted.Sub(j.started), j.completed.Sub(j.accepted)}
}

// handling is the time from the arrival of the job to its completion.
func (t times) handling() time.Duration { return t.queuing + t.startup + t.processing }

// speed returns calculations in a second. No time is no speed.
func speed(calculations float64, in time.Duration) float64 {
	if in <= 0 {
		return 0
	}
	return calculations / in.Seconds()
}

// numbers count. The methods may be called by several goroutines.
type numbers struct {
	mu  sync.Mutex // guards the fields below
	s   Summary
	sum times
}

func newNumbers() *numbers { return new(numbers) }

// change changes the numbers.
func (n *numbers) change(f func(*Summary)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(&n.s)
}

func (n *numbers) queue(j *job) {
	n.change(func(s *Summary) { s.Queued++; s.SizeQueued += float64(j.size) })
}

func (n *numbers) start(j *job) {
	n.change(func(s *Summary) { s.Started++; s.SizeStarted += float64(j.size) })
}

func (n *numbers) accept()   { n.change(func(s *Summary) { s.Accepts++ }) }
func (n *numbers) reject()   { n.change(func(s *Summary) { s.Rejects++ }) }
func (n *numbers) failover() { n.change(func(s *Summary) { s.Failovers++ }) }

func (n *numbers) send(t calcapp.Type) {
	n.change(func(s *Summary) {
		switch t {
		case calcapp.TypeRequest:
			s.Requests++
		case calcapp.TypeKeepAlive:
			s.KeepAlives++
		case calcapp.TypeKeepAliveAck:
			s.KeepAliveAcks++
		}
	})
}

func (n *numbers) complete(j *job) {
	t := timesOf(j)
	n.change(func(s *Summary) {
		s.Completed++
		s.SizeCompleted += float64(j.size)
		n.sum = times{n.sum.queuing + t.queuing, n.sum.startup + t.startup, n.sum.processing + t.processing}
	})
}

// summary returns the numbers so far.
func (n *numbers) summary() Summary {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.s
	s.Queuing, s.Startup, s.Processing = n.sum.queuing.Seconds(), n.sum.startup.Seconds(), n.sum.processing.Seconds()
	s.Handling = n.sum.handling().Seconds()
	s.ProcessingSpeed, s.HandlingSpeed = speed(s.SizeCompleted, n.sum.processing), speed(s.SizeCompleted, n.sum.handling())
	return s
}

// scalars returns the numbers as RSPLIB names them.
func (n *numbers) scalars() []results.Scalar {
	s := n.summary()
	seconds := func(x float64) string { return fmt.Sprintf("%.6f", x) }
	whole := func(x float64) string { return fmt.Sprintf("%.0f", x) }
	count := func(x uint64) string { return fmt.Sprint(x) }
	return []results.Scalar{
		{Name: "CalcAppPU Total Queuing Time", Value: seconds(s.Queuing)},
		{Name: "CalcAppPU Total Startup Time", Value: seconds(s.Startup)},
		{Name: "CalcAppPU Total Processing Time", Value: seconds(s.Processing)},
		{Name: "CalcAppPU Total Handling Time", Value: seconds(s.Handling)},
		{Name: "CalcAppPU Average Processing Speed", Value: whole(s.ProcessingSpeed)},
		{Name: "CalcAppPU Average Handling Speed", Value: whole(s.HandlingSpeed)},
		{Name: "CalcAppPU Total Jobs Queued", Value: count(s.Queued)},
		{Name: "CalcAppPU Total Jobs Started", Value: count(s.Started)},
		{Name: "CalcAppPU Total Jobs Completed", Value: count(s.Completed)},
		{Name: "CalcAppPU Total Job Size Queued", Value: whole(s.SizeQueued)},
		{Name: "CalcAppPU Total Job Size Started", Value: whole(s.SizeStarted)},
		{Name: "CalcAppPU Total Job Size Completed", Value: whole(s.SizeCompleted)},
		{Name: "CalcAppPU Total CalcAppRequests", Value: count(s.Requests)},
		{Name: "CalcAppPU Total CalcAppAccepts", Value: count(s.Accepts)},
		{Name: "CalcAppPU Total CalcAppRejects", Value: count(s.Rejects)},
		{Name: "CalcAppPU Total CalcAppCompletes", Value: count(s.Completed)},
		{Name: "CalcAppPU Total CalcAppKeepAlives", Value: count(s.KeepAlives)},
		{Name: "CalcAppPU Total CalcAppKeepAliveAcks", Value: count(s.KeepAliveAcks)},
	}
}
