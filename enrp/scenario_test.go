package enrp

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the machine does into the scenarios of testdata")

// A scenario is a text file of commands, each followed by the indented transcript of
// what the machine did: the time, and one action in each line.
//
//	up 1 10.0.0.2:9901      an event, see event
//	+3s                     time passes, with a tick whenever one is due
//	table                   prints the handlespace; see ask for other questions
//
// In front of the first command there may be settings, such as "config Peers=...";
// see newTwin. Lines that begin with # are comments.
type scenario struct {
	t     *testing.T
	begin time.Time
	now   time.Time
	twin  *twin
	out   strings.Builder
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
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
			s := &scenario{t: t, begin: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			s.now = s.begin
			s.run(string(text))
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

func (s *scenario) run(text string) {
	settings := make(map[string]string)
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
			for _, w := range words[1:] {
				name, value, _ := strings.Cut(w, "=")
				settings[name] = value
			}
		default:
			if s.twin == nil {
				s.twin = newTwin(s.t, settings, s.now)
			}
			s.command(words)
		}
	}
}

func (s *scenario) command(words []string) {
	if rest, ok := strings.CutPrefix(words[0], "+"); ok {
		d, err := time.ParseDuration(rest)
		if err != nil {
			s.t.Fatal(err)
		}
		s.pass(d)
		return
	}
	a := parseArguments(words[1:])
	if answer, ok := s.twin.ask(words[0], a); ok {
		for _, line := range answer {
			s.print(line)
		}
	} else if ev := s.twin.event(s.now, words[0], a); ev != nil {
		s.feed(ev)
	} else {
		s.printAll(s.twin.machine.Flush(s.now))
	}
	if a.err == nil && len(a.words) > 0 {
		a.fail(fmt.Errorf("too many words: %v", a.words))
	}
	if a.err != nil {
		s.t.Fatalf("%s: %v", strings.Join(words, " "), a.err)
	}
}

// pass lets time pass.
func (s *scenario) pass(d time.Duration) {
	end := s.now.Add(d)
	for range 10_000 {
		next := s.twin.machine.Deadline()
		if next.IsZero() || next.After(end) {
			s.now = end
			return
		}
		if next.After(s.now) {
			s.now = next
		}
		s.feed(Tick{})
	}
	s.t.Fatal("the deadline stays in the past")
}

func (s *scenario) feed(ev Event) { s.printAll(s.twin.machine.Step(s.now, ev)) }

func (s *scenario) printAll(actions []Action) {
	for _, a := range actions {
		s.print(describe(a))
	}
}

func (s *scenario) print(line string) {
	fmt.Fprintf(&s.out, "    %-8v %s\n", s.now.Sub(s.begin).Round(time.Millisecond), line)
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
