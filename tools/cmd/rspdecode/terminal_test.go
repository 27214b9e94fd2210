package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/pcap"
)

// Lines for a terminal are cut to its width, whatever the width is.
func TestCutLines(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{1, 5, 40, 80, 100, 1000} {
		var whole, text, painted bytes.Buffer
		writeSamples(t, &textOutput{w: &whole, time: "relative"})
		writeSamples(t, &textOutput{w: &text, time: "relative", columns: columns})
		writeSamples(t, &textOutput{w: &painted, time: "relative", columns: columns, colored: true})
		lines := strings.Split(text.String(), "\n")
		if len(lines) != strings.Count(whole.String(), "\n")+1 {
			t.Fatalf("%d columns: %d lines", columns, len(lines))
		}
		checkWidth(t, &text, columns)
		if unpaint(painted.String()) != text.String() {
			t.Errorf("%d columns: colours change the text", columns)
		}
	}
}

// A ladder fits a terminal as well.
func TestCutFlow(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{1, 40, 60, 80, 100} {
		var text, painted bytes.Buffer
		writeSamples(t, &flowOutput{w: &text, time: "relative", columns: columns})
		writeSamples(t, &flowOutput{w: &painted, time: "relative", columns: columns, colored: true})
		checkWidth(t, &text, columns)
		if unpaint(painted.String()) != text.String() {
			t.Errorf("%d columns: colours change the text", columns)
		}
	}
}

// checkWidth asserts that the longest line of a text has a width, or is shorter than 200 columns.
func checkWidth(t *testing.T, text *bytes.Buffer, columns int) {
	t.Helper()
	longest := 0
	for line := range strings.Lines(text.String()) {
		longest = max(longest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	if longest > columns || longest < min(columns, 180) {
		t.Errorf("%d columns: a line of %d", columns, longest)
	}
}

// unpaint removes the colours of a text.
func unpaint(text string) string {
	for _, color := range []string{red, green, blue, magenta, cyan, noColor, "0"} {
		text = strings.ReplaceAll(text, "\033["+color+"m", "")
	}
	return text
}

// writeSamples writes the messages of all samples.
func writeSamples(t *testing.T, out output) {
	t.Helper()
	d := decode.New()
	place := newAssociations(d)
	for i, data := range capturetest.Packets(capturetest.Samples()) {
		d.Packet(&pcap.Packet{Number: i + 1, Link: pcap.LinkRaw, Data: data, Len: len(data)}, func(r *decode.Record) {
			m := place.place(r)
			if err := out.write(&m); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := out.end(); err != nil {
		t.Fatal(err)
	}
}

// Fields of a message fit a narrow terminal, on more lines.
func TestNarrowFields(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	writeSamples(t, &textOutput{w: &text, columns: 80, verbose: true})
	for line := range strings.Lines(text.String()) {
		if n := utf8.RuneCountInString(line); n > 81 && strings.HasPrefix(line, "  ") && !strings.Contains(line, "octets over") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// Options --logcolor and the width of no terminal leave lines whole.
func TestPipeIsPlain(t *testing.T) {
	t.Parallel()
	plain, _, _ := run(t, samples(t), "-")
	if bytes.Contains(plain, []byte("\033")) {
		t.Error("colours in a pipe")
	}
	painted, _, _ := run(t, samples(t), "-", "--logcolor=on")
	if !bytes.Contains(painted, []byte("\033[36mASAP_REGISTRATION")) || bytes.Contains(painted, []byte("…")) {
		t.Errorf("%.300s", painted)
	}
}
