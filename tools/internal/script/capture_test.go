package script

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/pcap"
	"github.com/rserpool-go/rserpool/wire"
)

var update = flag.Bool("update", false, "write the scripts of testdata")

const captures = "../../testdata"

// scriptOf returns the script of a capture that ships, and the error that ends it.
func scriptOf(tb testing.TB, name string, part wire.ServerID) ([]Cue, error) {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(captures, name+".pcap"))
	if err != nil {
		tb.Fatal(err)
	}
	return cuesOf(tb, b, part)
}

func cuesOf(tb testing.TB, capture []byte, part wire.ServerID) ([]Cue, error) {
	tb.Helper()
	packets, err := pcap.NewReader(bytes.NewReader(capture))
	if err != nil {
		tb.Fatal(err)
	}
	return all(NewCapture(packets, part))
}

// all reads a source to its end.
func all(s Source) (cues []Cue, err error) {
	for {
		c, err := s.Next()
		if err != nil {
			return cues, err
		}
		cues = append(cues, c)
	}
}

func describe(c Cue) string {
	kind := [...]string{Open: "open", Say: "say", Hear: "hear", Close: "close"}[c.Kind]
	text := fmt.Sprintf("%v frame %d: %s %d %v as %v", c.At, c.Frame, kind, c.Assoc, c.Client, c.Registrar)
	if c.Kind == Say || c.Kind == Hear {
		text += " " + c.Message.Name()
	}
	if c.ByRegistrar {
		text += " by the registrar"
	}
	if c.Aborted {
		text += " aborted"
	}
	return text
}

// TestScripts holds the scripts of some captures: of each registrar of a capture with three, and
// of one with elements that die.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		capture string
		part    wire.ServerID
	}{
		{"echo", 0},
		{"enrp-sync", 0},
		{"enrp-sync", 0x9d55f76b},
		{"enrp-sync", 0xdcfd72df},
		{"takeover", 0x63613833},
		{"takeover-expired", 0},
		{"endpoint-unreachable", 0},
	} {
		name := test.capture
		if test.part != 0 {
			name += "-" + test.part.String()
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cues, err := scriptOf(t, test.capture, test.part)
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, c := range cues {
				got.WriteString(describe(c) + "\n")
			}
			golden(t, filepath.Join("testdata", name+".txt"), got.String())
		})
	}
}

// golden compares a text with a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the script differs from %s (go test -update accepts it):\n%s", file, got)
	}
}

// TestCounts holds that the script of a capture with a single registrar has each message between
// it and its elements and users, as tshark counts them.
func TestCounts(t *testing.T) {
	t.Parallel()
	want := capturetest.Counts(t, filepath.Join(captures, "counts.txt"))
	for _, counts := range want {
		maps.DeleteFunc(counts, func(message string, _ int) bool {
			return !strings.HasPrefix(message, "ASAP_") || strings.HasPrefix(message, "ASAP_COOKIE") || message == "ASAP_SERVER_ANNOUNCE"
		})
	}
	for _, name := range []string{
		"echo", "policies", "failover", "fractal", "calcapp", "scripting", "csp", "endpoint-report", "endpoint-unreachable",
	} {
		cues, _ := scriptOf(t, name, 0)
		got := make(map[string]int)
		open := make(map[uint64]bool)
		for _, c := range cues {
			switch {
			case c.Kind == Open && !open[c.Assoc]:
				open[c.Assoc] = true
			case c.Kind == Open, !open[c.Assoc]:
				t.Errorf("%s: %s", name, describe(c))
			case c.Kind == Close:
				delete(open, c.Assoc)
			default:
				got[c.Message.Name()]++
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want[name]) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, got, want[name])
		}
	}
}

// TestDamaged holds that the readable part of a damaged capture has its script, and that the error
// tells the place.
func TestDamaged(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(captures, "echo.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := cuesOf(t, b, 0)
	cues, err := cuesOf(t, b[:len(b)/2], 0)
	var damage *pcap.DamageError
	if !errors.As(err, &damage) || len(cues) == 0 || len(cues) >= len(whole) {
		t.Errorf("%d of %d cues, %v", len(cues), len(whole), err)
	}
}

// TestRepeated holds that a capture that was repeated has the script that often, though its tags
// and times come again.
func TestRepeated(t *testing.T) {
	t.Parallel()
	const headLen, times = 24, 3
	for _, name := range []string{"policies", "takeover"} { // The second has associations without an end.
		b, err := os.ReadFile(filepath.Join(captures, name+".pcap"))
		if err != nil {
			t.Fatal(err)
		}
		once, _ := cuesOf(t, b, 0)
		repeated, err := cuesOf(t, append(b[:headLen:headLen], bytes.Repeat(b[headLen:], times)...), 0)
		if !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		count := func(cues []Cue, kind Kind) (n int) {
			for _, c := range cues {
				if c.Kind == kind {
					n++
				}
			}
			return n
		}
		for _, kind := range []Kind{Open, Say, Hear} {
			if got, want := count(repeated, kind), times*count(once, kind); got != want {
				t.Errorf("%s: %d cues of kind %d, want %d", name, got, kind, want)
			}
		}
		last := repeated[0].At
		for _, c := range repeated {
			if c.At < last {
				t.Fatalf("%s: the time goes back: %s", name, describe(c))
			}
			last = c.At
		}
	}
}
