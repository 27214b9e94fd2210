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

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

var aLine = actionLine{action: "Something"}

// waiting returns how much waits to be written.
func waiting(l *actionLog) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

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
		if n := waiting(l); n > 0 {
			t.Errorf("%d octets wait", n)
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
		if n := waiting(l); n > 0 {
			t.Errorf("%d octets wait", n)
		}
		l.close()
		if got, want := f.String(), actionLogHeader[:len(actionLogHeader)/2]; got != want {
			t.Errorf("written is %q, want %q", got, want)
		}
	})
}

// A file that is slow makes nobody wait, has bounds, and does not keep the program.
func TestActionLogOfASlowDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe() // Nobody reads.
		var told strings.Builder
		l := newActionLog(w, slog.New(slog.NewTextHandler(&told, nil)))
		began := time.Now()
		for range 3 * actionLogMost / 100 {
			l.add(&aLine)
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("it took %v", d)
		}
		if n := waiting(l); n < actionLogMost || n > actionLogMost+200 {
			t.Errorf("%d octets wait", n)
		}
		l.close()
		if d := time.Since(began); d > actionLogPatience {
			t.Errorf("it ended after %v", d)
		}
		if got := told.String(); strings.Count(got, "\n") != 2 || strings.Count(got, "too slow") != 2 {
			t.Errorf("told %q", got)
		}
		_ = r.Close()
	})
}

// Lines wait for others, but not long, and many lines do not wait at all.
func TestActionLogBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		l := newActionLog(w, quiet)
		began := time.Now()
		buffer := make([]byte, 2*actionLogBatch)
		read := func(want int, at time.Duration) {
			t.Helper()
			n, err := r.Read(buffer)
			if lines := strings.Count(string(buffer[:n]), "\n"); err != nil || lines != want || time.Since(began) != at {
				t.Errorf("%d lines at %v, error %v; want %d at %v", lines, time.Since(began), err, want, at)
			}
		}
		l.add(&aLine)
		l.add(&aLine)
		read(3, actionLogPause) // With the header.
		l.add(&aLine)
		read(1, 2*actionLogPause)
		l.add(&aLine)
		size := waiting(l) // All lines have the same.
		many := (actionLogBatch + size - 1) / size
		for range many - 1 {
			l.add(&aLine)
		}
		read(many, 2*actionLogPause)
		l.add(&aLine)
		go l.close()
		read(1, 2*actionLogPause)
		if _, err := r.Read(buffer); !errors.Is(err, io.EOF) {
			t.Errorf("error %v at the end", err)
		}
	})
}

func TestActionLogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	flags := recordFlags{Actions: actionLogFlags{File: filepath.Join(t.TempDir(), "no", "such", "folder")}}
	if _, err := flags.open(quiet); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	r, err := new(recordFlags).open(quiet)
	if err != nil || r.observer(machine.RegistrarConfig{}) != nil {
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
	observe := l.observer(machine.RegistrarConfig{})
	seen := registrar.Observation{Time: time.Now(), ASAP: &asapmsg.HandleResolution{PoolHandle: "EchoPool"}}
	b.ReportAllocs()
	for b.Loop() {
		observe(seen)
	}
}
