// Package spool lets a program write to a slow file without waiting.
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
	// Most is the number of octets that may wait for a slow file. Further writes are left
	// out.
	Most = 4 << 20
	// Batch is the number of waiting octets that are written at once, without a pause.
	Batch = 64 << 10
	// Patience is the time that Close has for the last write.
	Patience = 2 * time.Second
)

// Errors of a [Writer].
var (
	ErrSlow   = errors.New("the file is too slow")
	ErrClosed = errors.New("the file is closed")
)

// A Writer writes to a file in a goroutine of its own. So no caller waits for a slow file, such
// as a pipe that nobody reads, a stopped terminal or a busy disk. Its methods may be called by
// several goroutines.
type Writer struct {
	out   io.WriteCloser
	pause time.Duration

	mu      sync.Mutex // guards the fields below
	waiting []byte
	writes  int   // calls of Write whose data is in waiting
	lost    int   // writes that are not in the file as a whole
	err     error // returned by the next write
	closed  bool

	wake chan struct{} // of length 1: a batch has begun
	full chan struct{} // of length 1: the batch is complete
	end  chan struct{}
	done chan struct{}
}

// New returns a Writer to a file, which the Writer closes. The first data of a batch
// waits for the pause, so that more data can be written with it.
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
// [ErrSlow] if too much waits already, and [ErrClosed] after Close. If the file has failed
// since the last call, Write returns that error: all data that waited is lost, and the next
// call tries again.
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

// signal puts a value in a channel of length 1, if the channel is empty.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Lost returns the number of calls of Write whose data is not in the file as a whole.
func (w *Writer) Lost() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// run writes batches until Close.
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

// gather waits until a batch is complete, and returns true for the last batch.
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

// fail notes an error for the next write. The writes of the batch are lost, and all that wait.
func (w *Writer) fail(err error, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	w.lost += writes + w.writes
	w.waiting, w.writes = w.waiting[:0], 0
}

// Close writes the data that waits, closes the file, and returns the first error, or
// [ErrSlow] if the file takes longer than [Patience]. Close is called once.
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
