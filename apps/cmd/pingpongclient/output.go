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

// event is an object of the output in JSON. Times are in milliseconds.
type event struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"` // session, pong, gap, failover or summary
	Pool  string    `json:"pool,omitempty"`
	// Element serves the session.
	Element string `json:"element,omitempty"`

	Message   uint64   `json:"message,omitempty"`
	Reply     uint64   `json:"reply,omitempty"`
	RoundTrip *float64 `json:"round_trip_ms,omitempty"`
	Late      bool     `json:"late,omitempty"`
	Duplicate bool     `json:"duplicate,omitempty"`
	Strange   bool     `json:"strange,omitempty"`
	Pause     *float64 `json:"pause_ms,omitempty"`

	// After is the reply number before a gap.
	After *uint64 `json:"after,omitempty"`

	Failover int    `json:"failover,omitempty"`
	From     string `json:"from,omitempty"`
	Orderly  bool   `json:"orderly,omitempty"`
	State    bool   `json:"state_restored,omitempty"`

	Summary *Summary `json:"summary,omitempty"`
}

// An output prints the events of a session, as text or as JSON.
type output struct {
	lines  io.Writer
	encode *json.Encoder // nil: text
	// live shows the numbers so far instead of a line for each pong. Nil: there are such lines.
	live *cli.Live
}

// newOutput returns the output to a file. Everything is written to out.
func newOutput(file *os.File, out io.Writer, isJSON, each bool) *output {
	o := &output{lines: out}
	switch {
	case isJSON:
		o.encode = json.NewEncoder(out)
	case !each:
		if o.live = cli.NewLive(file, out); o.live != nil {
			o.lines = o.live
		}
	}
	return o
}

// write writes an event, in text as a line after the time.
func (o *output) write(now time.Time, ev event, format string, args ...any) {
	if o.encode != nil {
		ev.Time = now
		_ = o.encode.Encode(ev) // Without a reader, the output is left out.
		return
	}
	fmt.Fprintf(o.lines, "%s %s\n", now.Format(cli.TimeFormat), fmt.Sprintf(format, args...))
}

// session prints the begin of a session.
func (o *output) session(pool string, element wire.PEID) {
	o.write(time.Now(), event{Event: "session", Pool: pool, Element: element.String()},
		"session with element %v of pool %s", element, pool)
}

// pong prints a pong, and the gap before it if there is a gap.
func (o *output) pong(now time.Time, element wire.PEID, messageNo, replyNo uint64, news pongNews) {
	if o.live == nil {
		o.pongLine(now, element, messageNo, replyNo, news)
	}
	if o.encode == nil && news.pause > 0 {
		fmt.Fprintf(o.lines, "%s pause of %.3f ms between pongs\n", now.Format(cli.TimeFormat), milliseconds(news.pause))
	}
	if news.gap {
		o.write(now, event{Event: "gap", Element: element.String(), Reply: replyNo, After: &news.after},
			"gap: reply number %d after %d", replyNo, news.after)
	}
}

func (o *output) pongLine(now time.Time, element wire.PEID, messageNo, replyNo uint64, news pongNews) {
	ev := event{
		Event: "pong", Element: element.String(), Message: messageNo, Reply: replyNo,
		Late: news.late, Duplicate: news.duplicate, Strange: news.strange,
	}
	if news.pause > 0 {
		ms := milliseconds(news.pause)
		ev.Pause = &ms
	}
	mark := ""
	switch {
	case news.strange:
		mark = ", answers no ping"
	case news.duplicate:
		mark = ", repeated"
	case news.late:
		mark = ", late"
	}
	if news.roundTrip > 0 {
		ms := milliseconds(news.roundTrip)
		ev.RoundTrip = &ms
		mark = fmt.Sprintf(", %.3f ms", ms) + mark
	}
	o.write(now, ev, "pong %d from element %v, reply number %d%s", messageNo, element, replyNo, mark)
}

// failover prints a failover.
func (o *output) failover(now time.Time, number int, f *asap.FailoverError) {
	fate, state := "is gone", "without state"
	if f.Orderly {
		fate = "has ended the session"
	}
	if f.StateRestored {
		state = "with the state of the session"
	}
	o.write(now, event{
		Event: "failover", Failover: number, From: f.From.String(), Element: f.To.String(), Orderly: f.Orderly, State: f.StateRestored,
	}, "failover %d: element %v %s, going on at element %v %s", number, f.From, fate, f.To, state)
}

// progress returns the numbers so far in words.
func progress(element wire.PEID, s Summary) string {
	return fmt.Sprintf("%v: %s, %s, %d lost, %d late, %s, p50 %.3f ms, p99 %.3f ms",
		element, cli.Count(s.Pings, "ping"), cli.Count(s.Pongs, "pong"), s.Lost, s.Late,
		cli.Count(s.Failovers, "failover"), s.P50, s.P99)
}

// summary prints the numbers of a session that has ended.
func (o *output) summary(s Summary) {
	if o.encode != nil {
		line, err := json.Marshal(event{Time: time.Now(), Event: "summary", Summary: &s})
		if err == nil {
			cli.PrintLast(os.Stdout, string(line))
		}
		return
	}
	for _, line := range s.lines() {
		cli.PrintLast(os.Stdout, o.live.Erase()+"pingpongclient: "+line)
	}
}

// lines returns the numbers in words.
func (s *Summary) lines() []string {
	lines := []string{fmt.Sprintf("%s, %s, %d lost, %s, %s", cli.Count(s.Pings, "ping"), cli.Count(s.Pongs, "pong"),
		s.Lost, cli.Count(s.Failovers, "failover"), cli.Count(s.Gaps, "gap"))}
	if s.Waiting+s.Late+s.Duplicates+s.Strange > 0 {
		lines = append(lines, fmt.Sprintf("%d without a pong yet, %d late, %s, %d for no ping",
			s.Waiting, s.Late, cli.Count(s.Duplicates, "duplicate"), s.Strange))
	}
	if s.Pongs > 0 {
		lines = append(lines, fmt.Sprintf("round trip p50 %.3f ms, p90 %.3f ms, p99 %.3f ms, max %.3f ms", s.P50, s.P90, s.P99, s.Max))
	}
	if s.Failovers > 0 {
		lines = append(lines, fmt.Sprintf("longest pause of a failover %.3f ms", s.MaxPause))
	}
	return lines
}
