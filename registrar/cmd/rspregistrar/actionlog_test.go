package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

var aLine = actionLine{action: "Something"}

// A file that fails is told of once, and nothing is kept for it.
func TestActionLogOfAFullDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		_ = r.CloseWithError(errors.New("disk full"))
		var told strings.Builder
		l := newActionLog(w, slog.New(slog.NewTextHandler(&told, nil)))
		for range 5 {
			l.add(&aLine)
			time.Sleep(2 * actionLogPause)
			synctest.Wait()
		}
		l.close()
		if got := told.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "disk full") {
			t.Errorf("told %q", got)
		}
	})
}

// fullOnce is a file on a disk that has no room when something is written first, and then
// has.
type fullOnce struct {
	memory
	full bool
}

func (f *fullOnce) Write(p []byte) (int, error) {
	if !f.full {
		f.full = true
		time.Sleep(time.Second)
		n, _ := f.memory.Write(p[:len(p)/2])
		return n, errors.New("disk full")
	}
	return f.memory.Write(p)
}

// What is written when there is room again would not be a table any more.
func TestActionLogOfADiskThatWasFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f fullOnce
		l := newActionLog(&f, quiet)
		time.Sleep(2 * actionLogPause)
		l.add(&aLine) // While it is being found out.
		time.Sleep(time.Second)
		l.add(&aLine)
		l.close()
		if got, want := f.String(), actionLogHeader[:len(actionLogHeader)/2]; got != want {
			t.Errorf("written is %q, want %q", got, want)
		}
	})
}

// A file that is slow is told of once, and at the end.
func TestActionLogOfASlowDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe() // Nobody reads.
		var told strings.Builder
		l := newActionLog(w, slog.New(slog.NewTextHandler(&told, nil)))
		for range 3 * spool.Most / 100 {
			l.add(&aLine)
		}
		l.close()
		if got := told.String(); strings.Count(got, "\n") != 2 || strings.Count(got, "too slow") != 2 {
			t.Errorf("told %q", got)
		}
		_ = r.Close()
	})
}

func TestActionLogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	flags := recordFlags{Actions: actionLogFlags{File: filepath.Join(t.TempDir(), "no", "such", "folder")}}
	if _, err := flags.open(quiet); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	r, err := new(recordFlags).open(quiet)
	if err != nil || r.observer(registrar.ElementsConfig{}) != nil {
		t.Errorf("without a file there is something to do, or the error %v", err)
	}
	if err := r.close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkActionLog(b *testing.B) {
	l := newActionLog(struct {
		io.Writer
		io.Closer
	}{io.Discard, io.NopCloser(nil)}, quiet)
	defer l.close()
	observe := l.observer(registrar.ElementsConfig{})
	seen := registrar.Observation{Time: time.Now(), ASAP: &asapmsg.HandleResolution{PoolHandle: "EchoPool"}}
	b.ReportAllocs()
	for b.Loop() {
		observe(seen)
	}
}
