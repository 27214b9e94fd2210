package trial

import (
	"fmt"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/attack/client"
	"github.com/rserpool-go/rserpool/internal/attack/stage"
)

// A Result tells what an attack has done.
type Result struct {
	attack.Report
	// The memory is the resident memory of the target in KiB. MemoryAfter is 0 if the target has ended.
	MemoryBefore int `json:"memory_before_kib"`
	MemoryMost   int `json:"memory_most_kib"`
	MemoryAfter  int `json:"memory_after_kib"`

	Client    client.Report `json:"client"`
	LogOctets int64         `json:"log_octets"` // written by all programs since the start of the attack
	Lives     bool          `json:"lives"`      // registrar and servers run
	// Failures say which limits are exceeded.
	Failures []string `json:"failures,omitempty"`
}

// judge compares the figures with the limits.
func (r *Result) judge(limits attack.Limits) {
	fail := func(format string, args ...any) { r.Failures = append(r.Failures, fmt.Sprintf(format, args...)) }
	if !r.Lives {
		fail("a program has ended")
	}
	if growth := (r.MemoryMost - r.MemoryBefore) / kibPerMB; growth > limits.Memory {
		fail("%d MB more memory, limit %d MB", growth, limits.Memory)
	}
	if p99 := microseconds(r.Client.P99); limits.P99 > 0 && p99 > limits.P99 {
		fail("p99 %v, limit %v", p99, limits.P99)
	}
	if r.Client.Lost > 0 {
		fail("%d of %d questions without an answer", r.Client.Lost, r.Client.Questions)
	}
	if all := len(stage.Elements()); r.Client.Elements < all {
		fail("%d of %d elements left", r.Client.Elements, all)
	}
	if r.LogOctets > limits.Log {
		fail("%d octets of log, limit %d", r.LogOctets, limits.Log)
	}
	for _, outcome := range limits.Never {
		if n := r.Outcomes[outcome]; n > 0 {
			fail("%s: %d", outcome, n)
		}
	}
}

// String returns the result in a line, with the failures below.
func (r Result) String() string {
	verdict := "passed"
	if len(r.Failures) > 0 {
		verdict = "FAILED"
	}
	s := fmt.Sprintf("%s %-28s %s", verdict, r.Attack, strings.Join(r.cells(), " | "))
	for _, f := range r.Failures {
		s += "\n       " + f
	}
	return s
}

// cells returns the figures as they stand in the table.
func (r Result) cells() []string {
	limits := "kept"
	switch {
	case !r.Lives:
		limits = "**program ended**"
	case len(r.Failures) > 0:
		limits = "exceeded"
	}
	rate := count(r.Rate()) + "/s"
	if r.Seconds < 1 {
		rate = fmt.Sprintf("%d in all", r.Sent)
	}
	return []string{
		rate,
		fmt.Sprintf("%d / %d / %d", r.MemoryBefore/kibPerMB, r.MemoryMost/kibPerMB, r.MemoryAfter/kibPerMB),
		fmt.Sprintf("%s / %s / %s", milliseconds(r.Client.P50), milliseconds(r.Client.P99), milliseconds(r.Client.Max)),
		fmt.Sprint(r.Client.Lost),
		fmt.Sprint(r.Client.Elements),
		count(float64(r.LogOctets) / 1000),
		limits,
	}
}

// columns are the headings of cells.
var columns = []string{"rate", "MB", "ms", "lost", "elements", "log, kB", "limits"}

func microseconds(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

// milliseconds returns a latency in milliseconds, with two digits or more.
func milliseconds(us int64) string {
	if us < 10_000 {
		return fmt.Sprintf("%.1f", float64(us)/1000)
	}
	return fmt.Sprintf("%d", (us+500)/1000)
}

// count returns a number of things with two digits or more.
func count(n float64) string {
	if n < 10 && n != float64(int(n)) {
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.0f", n)
}
