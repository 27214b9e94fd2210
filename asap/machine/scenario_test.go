package machine

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the machines do into the scenarios of testdata")

// A scenario is a text file of commands, each followed by the indented transcript of
// what the machine did: the time, and one action in each line.
//
//	up 7 10.0.0.1:3863      an event, see parseEvent
//	+3s                     time passes, with a tick whenever one is due
//	deadline                prints when the next tick is due
//
// In front of the first command there may be settings of the machine's configuration,
// such as "config HuntRounds=2". Lines that begin with # are comments.
type scenario struct {
	t        *testing.T
	begin    time.Time
	now      time.Time
	step     func(now time.Time, ev Event) []Action
	deadline func() time.Time
	parse    func(words []string) (Event, error)
	out      strings.Builder
}

// runScenarios runs every scenario in a folder of testdata. newMachine sets step and
// deadline; it is given the settings.
func runScenarios(t *testing.T, folder string, newMachine func(s *scenario, settings map[string]string)) {
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
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
			s := &scenario{t: t, begin: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), parse: parseEvent}
			s.now = s.begin
			s.run(string(text), newMachine)
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

func (s *scenario) run(text string, newMachine func(*scenario, map[string]string)) {
	settings := make(map[string]string)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "    "):
			continue // The transcript of the last time.
		case len(words) == 0 || strings.HasPrefix(line, "#"):
			s.out.WriteString(line + "\n")
			continue
		case words[0] == "config":
			for _, w := range words[1:] {
				name, value, _ := strings.Cut(w, "=")
				settings[name] = value
			}
			s.out.WriteString(line + "\n")
			continue
		}
		if s.step == nil {
			newMachine(s, settings)
		}
		s.out.WriteString(line + "\n")
		s.command(words)
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
	if words[0] == "deadline" {
		if d := s.deadline(); d.IsZero() {
			s.print("no deadline")
		} else {
			s.print("deadline in " + d.Sub(s.now).Round(time.Millisecond).String())
		}
		return
	}
	ev, err := s.parse(words)
	if err != nil {
		s.t.Fatalf("%s: %v", strings.Join(words, " "), err)
	}
	s.feed(ev)
}

// pass lets time pass.
func (s *scenario) pass(d time.Duration) {
	end := s.now.Add(d)
	for range 10_000 {
		next := s.deadline()
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

func (s *scenario) feed(ev Event) {
	for _, a := range s.step(s.now, ev) {
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
