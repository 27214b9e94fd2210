package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	for _, test := range []struct {
		name, input string
		want        []string
	}{
		{"nothing", "", nil},
		{"lines", "a\nb\r\n\nc\n", []string{"a", "b", "", "c"}},
		{"no end", "a\nb", []string{"a", "b"}},
		{"as long as it may be", long + "\nb\n", []string{long, "b"}},
		{"too long", long + "y\nb\n", []string{long, "y", "b"}},
		{"much too long", strings.Repeat(long, 5) + "y", []string{long, long, long, long, long, "y"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(test.input), iotest.HalfReader(strings.NewReader(test.input))} {
				var got []string
				for l := range lines(r) {
					if l.err != nil {
						t.Fatal(l.err)
					}
					got = append(got, l.text)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%d lines, want %d", len(got), len(test.want))
				}
			}
		})
	}
}

func TestLinesOfDamagedInput(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	var got []line
	for l := range lines(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(failed))) {
		got = append(got, l)
	}
	if len(got) != 3 || got[1].text != "b" || !errors.Is(got[2].err, failed) {
		t.Errorf("got %v", got)
	}
}
