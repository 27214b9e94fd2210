package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// event is an object of the output in JSON. Times are in seconds.
type event struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"` // request, accept, reject, failover, error, complete or summary
	Job   uint32    `json:"job,omitempty"`
	Size  uint64    `json:"size,omitempty"`
	// Element is the element that has the job now.
	Element string `json:"element,omitempty"`
	From    string `json:"from,omitempty"`
	Orderly bool   `json:"orderly,omitempty"`
	State   bool   `json:"state_restored,omitempty"`
	Error   string `json:"error,omitempty"`

	QueueLength *int     `json:"queue_length,omitempty"`
	Queuing     *float64 `json:"queuing_s,omitempty"`
	Startup     *float64 `json:"startup_s,omitempty"`
	Processing  *float64 `json:"processing_s,omitempty"`

	Summary *Summary `json:"summary,omitempty"`
}

// An output prints the events of jobs, as text or as JSON. Its methods may be called by several
// goroutines.
type output struct {
	lines io.Writer
	json  bool
	// live shows the numbers so far. Nil: they are not shown.
	live *cli.Live
}

// newOutput returns the output to a file. Everything is written to out.
func newOutput(file *os.File, out io.Writer, isJSON bool) *output {
	o := &output{lines: out, json: isJSON}
	if !isJSON {
		if o.live = cli.NewLive(file, out); o.live != nil {
			o.lines = o.live
		}
	}
	return o
}

// write writes an event, in text as a line after the time. Without a reader, it is left out.
func (o *output) write(ev event, format string, args ...any) {
	ev.Time = time.Now()
	if !o.json {
		fmt.Fprintf(o.lines, "%s %s\n", ev.Time.Format(cli.TimeFormat), fmt.Sprintf(format, args...))
		return
	}
	if line, err := json.Marshal(ev); err == nil {
		_, _ = o.lines.Write(append(line, '\n'))
	}
}

func (o *output) request(j *job, at wire.PEID) {
	o.write(event{Event: "request", Job: j.id, Size: j.size, Element: at.String()},
		"job %d: %d calculations requested from element %v", j.id, j.size, at)
}

func (o *output) accept(j *job, at wire.PEID) {
	o.write(event{Event: "accept", Job: j.id, Element: at.String()}, "job %d: accepted by element %v", j.id, at)
}

func (o *output) reject(j *job, at wire.PEID) {
	o.write(event{Event: "reject", Job: j.id, Element: at.String()}, "job %d: rejected by element %v", j.id, at)
}

// failover prints that another element has the job.
func (o *output) failover(j *job, f *asap.FailoverError) {
	state := "without its state"
	if f.StateRestored {
		state = "with its state"
	}
	o.write(event{Event: "failover", Job: j.id, From: f.From.String(), Element: f.To.String(), Orderly: f.Orderly, State: f.StateRestored},
		"job %d: goes from element %v to element %v %s", j.id, f.From, f.To, state)
}

// broke prints the reason why a job is tried again in a new session.
func (o *output) broke(j *job, reason string) {
	o.write(event{Event: "error", Job: j.id, Error: reason}, "job %d: %s; trying again", j.id, reason)
}

func (o *output) complete(j *job) {
	t := timesOf(j)
	queuing, startup, processing := t.queuing.Seconds(), t.startup.Seconds(), t.processing.Seconds()
	o.write(event{
		Event: "complete", Job: j.id, Size: j.size,
		QueueLength: &j.length, Queuing: &queuing, Startup: &startup, Processing: &processing,
	}, "job %d: complete after %.3f s: queuing %.3f s, startup %.3f s, processing %.3f s", j.id, t.handling().Seconds(), queuing, startup, processing)
}

// progress returns the numbers so far in words.
func progress(s Summary, waiting int) string {
	return fmt.Sprintf("%s complete, %d in work, %d waiting, %s, %s, %.0f calculations/s",
		cli.Count(s.Completed, "job"), s.Started-s.Completed, waiting, cli.Count(s.Rejects, "rejection"), cli.Count(s.Failovers, "failover"), s.HandlingSpeed)
}

// summary prints the numbers of a client that ends.
func (o *output) summary(s Summary) {
	if o.json {
		if line, err := json.Marshal(event{Time: time.Now(), Event: "summary", Summary: &s}); err == nil {
			cli.PrintLast(os.Stdout, string(line))
		}
		return
	}
	cli.PrintLast(os.Stdout, o.live.Erase()+s.table())
}

// table returns the numbers as a table.
func (s *Summary) table() string {
	mean := func(sum float64) float64 { return sum / float64(max(s.Completed, 1)) }
	return fmt.Sprintf(`                    jobs      calculations
queued      %12d  %16.0f
started     %12d  %16.0f
complete    %12d  %16.0f

                total, s    s for each job
queuing     %12.3f  %16.6f
startup     %12.3f  %16.6f
processing  %12.3f  %16.6f
handling    %12.3f  %16.6f

%.0f calculations/s while jobs were processed, %.0f with all delays
%s, %s, %s, %s`,
		s.Queued, s.SizeQueued, s.Started, s.SizeStarted, s.Completed, s.SizeCompleted,
		s.Queuing, mean(s.Queuing), s.Startup, mean(s.Startup), s.Processing, mean(s.Processing), s.Handling, mean(s.Handling),
		s.ProcessingSpeed, s.HandlingSpeed,
		cli.Count(s.Requests, "request"), cli.Count(s.Accepts, "acceptance"), cli.Count(s.Rejects, "rejection"), cli.Count(s.Failovers, "failover"))
}
