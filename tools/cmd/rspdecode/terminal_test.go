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
		outputs := []output{
			&textOutput{w: &whole, time: "relative"}, &textOutput{w: &text, time: "relative", columns: columns},
			&textOutput{w: &painted, time: "relative", columns: columns, colored: true},
		}
		for _, out := range outputs {
			writeSamples(t, out)
		}
		lines := strings.Split(text.String(), "\n")
		if len(lines) != strings.Count(whole.String(), "\n")+1 {
			t.Fatalf("%d columns: %d lines", columns, len(lines))
		}
		longest := 0
		for _, line := range lines {
			longest = max(longest, utf8.RuneCountInString(line))
		}
		if longest != columns && columns < 1000 || longest > columns {
			t.Errorf("%d columns: a line of %d", columns, longest)
		}
		plain := strings.NewReplacer("\033[31m", "", "\033[32m", "", "\033[34m", "", "\033[35m", "", "\033[36m", "", "\033[39m", "", "\033[0m", "")
		if plain.Replace(painted.String()) != text.String() {
			t.Errorf("%d columns: colours change the text", columns)
		}
	}
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
