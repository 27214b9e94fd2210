package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestLive(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	width := 0
	l := &Live{out: &out, width: func() int { return width }}
	expect := func(want string) {
		t.Helper()
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		out.Reset()
	}
	l.Set("")
	expect("")
	l.Set("1 %")
	expect("\r\033[K1 %\r")
	fmt.Fprintln(l, "note")
	expect("\r\033[Knote\n1 %\r")
	width = 7
	l.Set("50 % done")
	expect("\r\033[K50 % d\r")
	l.Set("")
	expect("\r\033[K")
	fmt.Fprintln(l, "end")
	expect("\r\033[Kend\n")
	if got := l.Erase(); got != "" {
		t.Errorf("%q removes no line", got)
	}
	l.Set("more")
	expect("\r\033[Kmore\r")
	if got := l.Erase(); got != "\r\033[K" {
		t.Errorf("%q removes the line", got)
	}
	fmt.Fprintln(l, "end")
	expect("\r\033[Kend\n")
}

func TestLiveWithoutTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // Nothing is written.
	l := NewLive(file, file)
	if l != nil {
		t.Error("a file counts as a terminal")
	}
	l.Set("nothing")
}

// TestFollow shows a line that changes with the time, until the context ends.
func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := &Live{out: &out, width: func() int { return 0 }}
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		n := 0
		l.Follow(ctx, 100*time.Millisecond, func() string { n++; return strconv.Itoa(n) })
		if got, want := out.String(), "\r\033[K1\r\r\033[K2\r\r\033[K3\r"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		(*Live)(nil).Follow(t.Context(), time.Hour, nil)
	})
}
