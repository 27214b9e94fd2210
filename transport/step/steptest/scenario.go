package steptest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

var update = flag.Bool("update", false, "write the transcripts of the machines into the scenarios of testdata")

// A Subject is the machine of a scenario, and its language.
type Subject struct {
	Machine step.Machine

	// Event returns the event of a command, nil if the command has done its work without
	// the machine. Commands of [ParseEvent] do not come here.
	Event func(now time.Time, name string, a *Args) step.Event

	// Flush returns the actions that follow from a command without an event. Nil: there
	// are none.
	Flush func(now time.Time) []step.Action

	// Ask answers a command that asks for the state of the machine. Nil: no command does.
	Ask func(name string) (lines []string, ok bool)

	// Describe describes an action.
	Describe func(step.Action) string
}

// Begin is when every scenario begins.
var Begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// RunScenarios runs every scenario of the files that match the pattern. The machine of each
// is made when its settings are known.
func RunScenarios(t *testing.T, pattern string, newSubject func(t *testing.T, settings Settings) Subject) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &scenario{t: t, now: Begin, settings: Settings{t: t, values: make(map[string]string)}}
			s.run(string(text), newSubject)
			if *update {
				if err := os.WriteFile(file, []byte(s.out.String()), 0o666); err != nil {
					t.Fatal(err)
				}
			} else if diff := firstDifference(s.out.String(), string(text)); diff != "" {
				t.Errorf("%s (run go test -update to accept): %s", file, diff)
			}
		})
	}
}

// scenario is the run of a scenario.
type scenario struct {
	t        *testing.T
	now      time.Time
	settings Settings
	subject  *Subject // nil in front of the first command
	out      strings.Builder
}

func (s *scenario) run(text string, newSubject func(*testing.T, Settings) Subject) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		words := strings.Fields(line)
		if strings.HasPrefix(line, "    ") {
			continue // The transcript of the last time.
		}
		s.out.WriteString(line + "\n")
		switch {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case words[0] == "config":
			s.settings.add(words[1:])
		default:
			if s.subject == nil {
				subject := newSubject(s.t, s.settings)
				s.subject = &subject
				s.settings.checkUse()
			}
			if err := s.command(words[0], ParseArgs(words[1:])); err != nil {
				s.t.Fatalf("%s: %v", line, err)
			}
		}
	}
}

// command carries out a command.
func (s *scenario) command(name string, a *Args) error {
	if rest, ok := strings.CutPrefix(name, "+"); ok {
		d, err := time.ParseDuration(rest)
		if err == nil {
			s.pass(d)
		}
		return err
	}
	if name == "deadline" {
		s.printDeadline()
		return a.Finish()
	}
	if s.subject.Ask != nil {
		if lines, ok := s.subject.Ask(name); ok {
			for _, line := range lines {
				s.print(line)
			}
			return a.Finish()
		}
	}
	ev := ParseEvent(name, a)
	if ev == nil {
		ev = s.subject.Event(s.now, name, a)
	}
	if err := a.Finish(); err != nil {
		return err
	}
	switch {
	case ev != nil:
		s.printAll(s.subject.Machine.Step(s.now, ev))
	case s.subject.Flush != nil:
		s.printAll(s.subject.Flush(s.now))
	}
	return nil
}

func (s *scenario) printDeadline() {
	if d := s.subject.Machine.Deadline(); d.IsZero() {
		s.print("no deadline")
	} else {
		s.print("deadline in " + d.Sub(s.now).Round(time.Millisecond).String())
	}
}

// pass lets time pass.
func (s *scenario) pass(d time.Duration) {
	s.now = Pass(s.t, s.subject.Machine, s.now, d, func(now time.Time) {
		s.now = now
		s.printAll(s.subject.Machine.Step(now, step.Tick{}))
	})
}

func (s *scenario) printAll(actions []step.Action) {
	for _, a := range actions {
		s.print(s.subject.Describe(a))
	}
}

func (s *scenario) print(line string) {
	fmt.Fprintf(&s.out, "    %-8v %s\n", s.now.Sub(Begin).Round(time.Millisecond), line)
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) {
			return fmt.Sprintf("line %d: nothing, want %q", i+1, w[i])
		}
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: %q, want %q", i+1, g[i], strings.Join(w[min(i, len(w)):min(i+1, len(w))], ""))
		}
	}
	return ""
}
