package trial

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/attack"
	"github.com/rserpool-go/rserpool/internal/attack/client"
)

// sound returns a result within all limits.
func sound() Result {
	return Result{
		Report:       attack.Report{Attack: "init-flood", Unit: "INITs", Sent: 1000, Seconds: 2, Outcomes: map[string]int64{"answers": 5}},
		MemoryBefore: 10 << 10, MemoryMost: 12 << 10, MemoryAfter: 11 << 10,
		Client:    client.Report{Questions: 100, Elements: 3, P50: 300, P99: 12_345, Max: 2_000_000},
		LogOctets: 1500, Lives: true,
	}
}

var limits = attack.Limits{Memory: 300, P99: 50 * time.Millisecond, Log: 1e6, Never: []string{"stolen"}}

// TestJudge asserts that each limit is noticed, and that a sound result has no failure.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(r *Result)
	}{
		{"", func(*Result) {}},
		{"a program has ended", func(r *Result) { r.Lives = false }},
		{"301 MB more memory", func(r *Result) { r.MemoryMost = r.MemoryBefore + 301<<10 }},
		{"", func(r *Result) { r.MemoryMost = r.MemoryBefore + 300<<10 }},
		{"p99 50.001ms", func(r *Result) { r.Client.P99 = 50_001 }},
		{"", func(r *Result) { r.Client.P99 = 50_000 }},
		{"1 of 100 questions", func(r *Result) { r.Client.Lost = 1 }},
		{"2 of 3 elements", func(r *Result) { r.Client.Elements = 2 }},
		{"1000001 octets of log", func(r *Result) { r.LogOctets = 1000001 }},
		{"stolen: 1", func(r *Result) { r.Outcomes["stolen"] = 1 }},
	} {
		r := sound()
		c.change(&r)
		r.judge(limits)
		got := strings.Join(r.Failures, "; ")
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%q, want %q", got, c.want)
		}
		if failed := strings.HasPrefix(r.String(), "FAILED"); failed != (c.want != "") || failed && !strings.HasSuffix(r.String(), got) {
			t.Errorf("%s", r)
		}
	}
	r := sound()
	r.Client.P99 = 1e9
	if r.judge(attack.Limits{Memory: 300, Log: 1e6}); len(r.Failures) > 0 {
		t.Errorf("%v without a limit of the latency", r.Failures)
	}
}

func TestCells(t *testing.T) {
	r := sound()
	if got, want := strings.Join(r.cells(), "|"), "500/s|10 / 12 / 11|0.3 / 12 / 2000|0|3|1.5|kept"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.Failures = []string{"p99"}
	if got := r.cells(); got[len(got)-1] != "exceeded" {
		t.Errorf("%q", got)
	}
	r.Seconds, r.Lives = 0, false
	if got, want := strings.Join(r.cells(), "|"), "1000 in all|10 / 12 / 11|0.3 / 12 / 2000|0|3|1.5|**program ended**"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestDocument asserts that the table has a row for each attack, with the figures of both series or dashes.
func TestDocument(t *testing.T) {
	quiet, busy := sound(), sound()
	quiet.Attack, busy.Attack, busy.Client.P99 = "none", "none", 50_001
	before := Series{Programs: "old", Time: time.Unix(0, 0), Machine: "a machine", Results: []Result{busy}}
	after := Series{Programs: "new", Time: time.Unix(86400, 0), Machine: "another machine", Results: []Result{quiet, sound()}}
	file := filepath.Join(t.TempDir(), "attacks.md")
	if err := WriteDocument(file, &before, &after); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"| init-flood | - | - | - | - | - | - | - | 500/s | 10 / 12 / 11 | 0.3 / 12 / 2000 | 0 | 3 | 1.5 | kept |",
		"| churn | - | - | - | - | - | - | - | - | - | - | - | - | - | - |",
		"Before: programs of old, run on 1970-01-01, a machine.",
		"The machine was busy: even without an attack, the 99th percentile was 50 ms. The latencies say little.",
		"After: programs of new, run on 1970-01-02, another machine.",
	} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	if n := strings.Count(string(text), "was busy"); n != 1 {
		t.Errorf("%d warnings", n)
	}
	for _, a := range attack.Table() {
		if n := strings.Count(string(text), "\n| "+a.Name+" |"); n != 1 {
			t.Errorf("%s has %d rows", a.Name, n)
		}
	}
}

func TestSeries(t *testing.T) {
	file := filepath.Join(t.TempDir(), "before.json")
	want := Series{Programs: "old", Time: time.Unix(1, 0).UTC(), Machine: "a machine", Results: []Result{sound()}}
	want.Results[0].Failures = []string{"too much"}
	if err := want.Save(file); err != nil {
		t.Fatal(err)
	}
	got, err := ReadSeries(file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

// TestReplace asserts that a later run replaces its attacks, and leaves all others.
func TestReplace(t *testing.T) {
	of := func(name string, sent int64) Result { return Result{Report: attack.Report{Attack: name, Sent: sent}} }
	first := Series{Programs: "old", Results: []Result{of("a", 1), of("b", 2)}}
	later := Series{Programs: "later", Results: []Result{of("c", 30), of("b", 20)}}
	want := Series{Programs: "later", Results: []Result{of("a", 1), of("b", 20), of("c", 30)}}
	if got := first.Replace(later); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestBefore asserts that the figures of old programs belong to present attacks, each of which was carried out.
func TestBefore(t *testing.T) {
	s, err := ReadSeries("../testdata/before.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.Programs == "" || s.Time.IsZero() || len(s.Results) == 0 {
		t.Errorf("programs %q, time %v, %d results", s.Programs, s.Time, len(s.Results))
	}
	for _, r := range s.Results {
		if _, ok := attack.Find(r.Attack); !ok || r.Sent == 0 || r.Client.Questions == 0 {
			t.Errorf("%+v", r)
		}
	}
}
