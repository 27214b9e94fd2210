package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
)

// event is an object of the report in JSON.
type event struct {
	Time    time.Time `json:"time"`
	Event   string    `json:"event"` // ready, retry, succeeded, failed, skipped or summary
	RunID   string    `json:"run_id,omitempty"`
	Package string    `json:"package,omitempty"`
	Element string    `json:"element,omitempty"` // has the package now
	Server  string    `json:"server,omitempty"`  // name of the element's host, as it says
	Status  *uint32   `json:"status,omitempty"`  // exit status of the package
	Octets  *int64    `json:"octets,omitempty"`  // of the result
	Seconds float64   `json:"seconds,omitempty"` // since the beginning of the package
	Error   string    `json:"error,omitempty"`
	Summary *Summary  `json:"summary,omitempty"`
}

// Summary has the numbers of all packages.
type Summary struct {
	Packages  int `json:"packages"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
	// Failovers are the attempts without an exit status, and Trials those with a status other than 0.
	Failovers int     `json:"failovers"`
	Trials    int     `json:"trials_failed"`
	Seconds   float64 `json:"seconds"`
}

// An output prints the events of packages, as text or as JSON. Its methods may be called by several
// goroutines.
type output struct {
	lines io.Writer
	json  bool
	quiet bool
	runID string
	live  *cli.Live // shows the progress; nil: nothing shows it
	began time.Time

	mu     sync.Mutex // guards the fields below
	phases map[*workPackage]string
	ended  Summary // without Skipped; Packages is the number of all
}

// newOutput returns the output to a file. Everything is written to out.
func newOutput(file *os.File, out io.Writer, p *program) *output {
	o := &output{
		lines: out, json: p.Report == "json", quiet: p.Quiet, runID: p.RunID,
		began: time.Now(), phases: make(map[*workPackage]string),
	}
	if !o.json && !o.quiet {
		if o.live = cli.NewLive(file, out); o.live != nil {
			o.lines = o.live
		}
	}
	return o
}

// write writes an event, in text as a line after the time. Without a reader, it is left out.
func (o *output) write(ev event, format string, args ...any) {
	ev.Time, ev.RunID = time.Now(), o.runID
	if o.json {
		if line, err := json.Marshal(ev); err == nil {
			_, _ = o.lines.Write(append(line, '\n'))
		}
		return
	}
	if o.quiet && ev.Event != "failed" {
		return
	}
	fmt.Fprintf(o.lines, "%s%s %s\n", o.prefix(ev.Server), ev.Time.Format(cli.TimeFormat), fmt.Sprintf(format, args...))
}

// prefix returns the text of --runid in brackets, with the name of the server if it is known.
func (o *output) prefix(server string) string {
	switch {
	case o.runID == "":
		return ""
	case server == "":
		return "[" + o.runID + "] "
	}
	return "[" + o.runID + "@" + server + "] "
}

// settings prints the task of the client.
func (o *output) settings(p *program, env *environment, packages []*workPackage) {
	o.mu.Lock()
	o.ended.Packages = len(packages)
	o.mu.Unlock()
	if o.json || o.quiet {
		return
	}
	fmt.Fprintf(o.lines, "%sscriptingclient: %s of %s for pool %s\n", o.prefix(""), cli.Count(len(packages), "package"), p.Input, p.PoolHandle)
	if env != nil {
		fmt.Fprintf(o.lines, "%sscriptingclient: environment %x, %s\n", o.prefix(""), env.hash, inKiB(env.size))
	}
}

// begin has the package shown until the returned function is called.
func (o *output) begin(p *workPackage) (end func()) {
	o.setPhase(p, "waiting for a server")
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.phases, p)
	}
}

func (o *output) setPhase(p *workPackage, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.phases[p] = text
}

// phase has the phase of an attempt shown.
func (o *output) phase(a *attempt, text string) {
	if o.live != nil {
		o.setPhase(a.work, text)
	}
}

// event returns an event of an attempt.
func (a *attempt) event(name string) event {
	ev := event{Event: name, Package: a.work.name, Server: a.info, Seconds: time.Since(a.work.began).Seconds()}
	if a.element != 0 {
		ev.Element = a.element.String()
	}
	if a.hasStatus {
		ev.Status = &a.status
	}
	return ev
}

// where returns the element of an attempt in words.
func (a *attempt) where() string {
	switch {
	case a.element == 0:
		return "no element"
	case a.info == "":
		return fmt.Sprintf("element %v", a.element)
	}
	return fmt.Sprintf("element %v (%s)", a.element, a.info)
}

func (o *output) ready(a *attempt) {
	o.write(a.event("ready"), "%s: goes to %s", a.work.name, a.where())
}

// retry prints the reason why a package is tried again.
func (o *output) retry(p *workPackage, a *attempt, err error) {
	o.setPhase(p, "waiting to try again")
	o.count(a)
	ev := a.event("retry")
	ev.Error = err.Error()
	o.write(ev, "%s: %v at %s; trying again", p.name, err, a.where())
}

// count counts an attempt that has not led to a result.
func (o *output) count(a *attempt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if a.hasStatus && a.status != 0 {
		o.ended.Trials++
	} else {
		o.ended.Failovers++
	}
}

// end prints the success or the final failure of a package.
func (o *output) end(p *workPackage, a *attempt) {
	o.mu.Lock()
	if p.succeeded() {
		o.ended.Succeeded++
	} else {
		o.ended.Failed++
	}
	o.mu.Unlock()
	if !p.succeeded() {
		if !errors.Is(p.err, errLocal) {
			o.count(a)
		}
		ev := a.event("failed")
		ev.Error = p.err.Error()
		o.write(ev, "%s: failed: %v", p.name, p.err)
		return
	}
	ev := a.event("succeeded")
	ev.Octets = &a.size
	o.write(ev, "%s: result of %d octets from %s after %.3f s", p.name, a.size, a.where(), ev.Seconds)
}

func (o *output) skipped(p *workPackage) {
	o.write(event{Event: "skipped", Package: p.name}, "%s: skipped, %s is there already", p.name, p.output)
}

// progressInterval is the time between two looks at the progress.
const progressInterval = 200 * time.Millisecond

// progress returns the progress in words.
func (o *output) progress() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	since := time.Since(o.began).Truncate(time.Second)
	if o.ended.Packages == 1 {
		for _, phase := range o.phases {
			return fmt.Sprintf("%s (%v)", phase, since)
		}
		return ""
	}
	running := 0
	for _, phase := range o.phases {
		if phase == "running" {
			running++
		}
	}
	return fmt.Sprintf("%d of %s done, %d failed, %d in work, %d of them running, %s (%v)",
		o.ended.Succeeded, cli.Count(o.ended.Packages, "package"), o.ended.Failed, len(o.phases), running, cli.Count(o.ended.Failovers, "failover"), since)
}

// summary prints the numbers of a client that ends.
func (o *output) summary(packages []*workPackage) Summary {
	o.mu.Lock()
	s := o.ended
	o.mu.Unlock()
	s.Seconds = time.Since(o.began).Seconds()
	for _, p := range packages {
		if p.skipped {
			s.Skipped++
		}
	}
	if o.json {
		if line, err := json.Marshal(event{Time: time.Now(), Event: "summary", RunID: o.runID, Summary: &s}); err == nil {
			cli.PrintLast(os.Stdout, string(line))
		}
		return s
	}
	cli.PrintLast(os.Stdout, fmt.Sprintf("%s%sscriptingclient: %s: %d succeeded, %d failed, %d skipped; %s, %s that failed; %.3f s", o.live.Erase(), o.prefix(""),
		cli.Count(s.Packages, "package"), s.Succeeded, s.Failed, s.Skipped, cli.Count(s.Failovers, "failover"), cli.Count(s.Trials, "trial"), s.Seconds))
	return s
}
