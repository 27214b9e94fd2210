// Package spool keeps who writes from waiting for who reads.
package spool

import (
	"cmp"
	"errors"
	"io"
	"sync"
	"time"
)

// Limits of a [Writer].
const (
	// Most is how many octets may wait for a file that is slow. What comes then is left
	// out.
	Most = 4 << 20
	// Batch is how many are written at once, without a pause.
	Batch = 64 << 10
	// Patience is how long the last of it may take.
	Patience = 2 * time.Second
)

// Errors of a [Writer].
var (
	ErrSlow   = errors.New("the file is too slow")
	ErrClosed = errors.New("the file is closed")
)

// A Writer writes to a file in a goroutine of its own, so that a slow one, such as a pipe
// that nobody reads, a stopped terminal or a busy disk, makes nobody wait. It may be used by
// several goroutines at once.
type Writer struct {
	out   io.WriteCloser
	pause time.Duration

	mu      sync.Mutex
	waiting []byte
	writes  int   // that waiting is made of
	lost    int   // writes that are not in the file as a whole
	err     error // what the next write is told
	closed  bool

	wake chan struct{} // there is the beginning of a batch
	full chan struct{} // there is enough of it
	end  chan struct{}
	done chan struct{}
}

// New returns a Writer to a file, and takes care of the file from now on. What is written
// waits so long for more that can be written with it.
func New(out io.WriteCloser, pause time.Duration) *Writer {
	w := &Writer{
		out:   out,
		pause: pause,
		wake:  make(chan struct{}, 1),
		full:  make(chan struct{}, 1),
		end:   make(chan struct{}),
		done:  make(chan struct{}),
	}
	go w.run()
	return w
}

// Write takes a copy of all of p, or nothing of it, and does not wait. It returns
// [ErrSlow] if too much waits already, and [ErrClosed] at the end. If the file has failed
// since the last call, it returns that error: what waited then is lost, and the next call
// tries again.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.err
	w.err = nil
	before := len(w.waiting)
	switch {
	case err != nil:
	case w.closed:
		err = ErrClosed
	case before > 0 && before+len(p) > Most:
		err = ErrSlow
	}
	if err != nil {
		w.lost++
		return 0, err
	}
	w.waiting = append(w.waiting, p...)
	w.writes++
	if before == 0 {
		signal(w.wake)
	}
	if len(w.waiting) >= Batch {
		signal(w.full)
	}
	return len(p), nil
}

// signal puts something in a channel, if nothing is there.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Lost returns how many calls of Write have brought something that is not in the file as a
// whole.
func (w *Writer) Lost() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// run writes what comes until all is closed.
func (w *Writer) run() {
	defer close(w.done)
	var batch []byte
	for ended := false; !ended; {
		select {
		case <-w.wake:
			ended = w.gather()
		case <-w.end:
			ended = true
		}
		w.mu.Lock()
		batch, w.waiting = w.waiting, batch[:0]
		writes := w.writes
		w.writes = 0
		w.mu.Unlock()
		if len(batch) > 0 {
			if _, err := w.out.Write(batch); err != nil {
				w.fail(err, writes)
			}
		}
	}
}

// gather waits until a batch is there, and returns true if it is the last one.
func (w *Writer) gather() bool {
	if w.pause == 0 {
		return false
	}
	timer := time.NewTimer(w.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.full:
	case <-w.end:
		return true
	}
	return false
}

// fail notes what the next write is told, and what is lost: the writes of the batch and those
// that wait.
func (w *Writer) fail(err error, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	w.lost += writes + w.writes
	w.waiting, w.writes = w.waiting[:0], 0
}

// Close writes what waits, closes the file, and returns the first error of that, or
// [ErrSlow] if the file takes longer than [Patience]. It is to be called once.
func (w *Writer) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	close(w.end)
	select {
	case <-w.done:
	case <-time.After(Patience):
		return errors.Join(ErrSlow, w.out.Close())
	}
	err := w.out.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.err, err)
}
