package spool

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const pause = 200 * time.Millisecond

var line = []byte(strings.Repeat("x", 99) + "\n")

func write(t *testing.T, w *Writer, want error) {
	t.Helper()
	n, err := w.Write(line)
	if !errors.Is(err, want) || want == nil && (err != nil || n != len(line)) || want != nil && n != 0 {
		t.Fatalf("%d octets written, error %v, want %v", n, err, want)
	}
}

// Data waits for more data, but not longer than the pause, and a complete batch does not wait.
func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, out := io.Pipe()
		w := New(out, pause)
		began := time.Now()
		buffer := make([]byte, 2*Batch)
		read := func(want int, at time.Duration) {
			t.Helper()
			n, err := r.Read(buffer)
			if lines := bytes.Count(buffer[:n], []byte("\n")); err != nil || lines != want || time.Since(began) != at {
				t.Errorf("%d lines at %v, error %v; want %d at %v", lines, time.Since(began), err, want, at)
			}
		}
		write(t, w, nil)
		write(t, w, nil)
		read(2, pause)
		write(t, w, nil)
		read(1, 2*pause)
		const many = Batch/100 + 1
		for range many {
			write(t, w, nil)
		}
		read(many, 2*pause)
		write(t, w, nil)
		go w.Close()
		read(1, 2*pause)
		if _, err := r.Read(buffer); !errors.Is(err, io.EOF) {
			t.Errorf("error %v at the end", err)
		}
		synctest.Wait()
		write(t, w, ErrClosed)
	})
}

// Without a pause a line is written at once.
func TestNoPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, out := io.Pipe()
		w := New(out, 0)
		began := time.Now()
		write(t, w, nil)
		buffer := make([]byte, Batch)
		if n, err := r.Read(buffer); n != len(line) || err != nil || time.Since(began) != 0 {
			t.Errorf("%d octets after %v, error %v", n, time.Since(began), err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A slow file delays neither writers nor the end of the program, and waiting data is bounded. When
// there is room again, writing goes on.
func TestSlowFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, out := io.Pipe()
		w := New(out, 0)
		began := time.Now()
		write(t, w, nil)
		synctest.Wait() // The first write waits for the reader.
		for range Most / len(line) {
			write(t, w, nil)
		}
		for range 5 {
			write(t, w, ErrSlow)
		}
		if w.Lost() != 5 {
			t.Errorf("%d lost", w.Lost())
		}
		buffer := make([]byte, Most)
		for _, want := range []int{len(line), Most / len(line) * len(line)} {
			if n, err := r.Read(buffer); n != want || err != nil {
				t.Errorf("%d octets, error %v; want %d", n, err, want)
			}
		}
		write(t, w, nil)
		synctest.Wait()
		if d := time.Since(began); d != 0 {
			t.Errorf("it took %v", d)
		}
		if err := w.Close(); !errors.Is(err, ErrSlow) {
			t.Errorf("error %v at the end", err)
		}
		if d := time.Since(began); d != Patience {
			t.Errorf("it ended after %v", d)
		}
	})
}

// failing is a file on a disk that is full for a second.
type failing struct {
	bytes.Buffer
	began time.Time
}

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if time.Since(f.began) < time.Second {
		time.Sleep(100 * time.Millisecond)
		return 0, errFull
	}
	return f.Buffer.Write(p)
}

func (f *failing) Close() error { return nil }

// The next write returns the error of a file, and the file is tried again.
func TestFailingFile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &failing{began: time.Now()}
		w := New(f, 0)
		write(t, w, nil)
		synctest.Wait()
		write(t, w, nil) // The file fails meanwhile.
		time.Sleep(time.Second)
		write(t, w, errFull)
		if w.Lost() != 3 {
			t.Errorf("%d lost", w.Lost())
		}
		write(t, w, nil)
		if err := w.Close(); err != nil || f.Len() != len(line) {
			t.Errorf("%d octets, error %v", f.Len(), err)
		}
	})
}

// Close returns an error that no write has returned.
func TestFailureAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := New(&failing{began: time.Now()}, pause)
		write(t, w, nil)
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("error %v", err)
		}
	})
}
