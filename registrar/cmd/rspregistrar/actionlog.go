package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"
)

// actionLogFlags are about the log of actions.
type actionLogFlags struct {
	File string `name:"actionlogfile" placeholder:"FILE" help:"Write a line for each message to a file, which is overwritten: a table for R."`
}

// Validate checks the name. Kong calls it.
func (f *actionLogFlags) Validate() error { return notCompressed("actionlogfile", f.File) }

const actionLogHeader = "AbsTime RelTime   Direction Protocol Action Reason   Flags Counter Time   " +
	"PoolHandle PoolElementID   SenderID ReceiverID TargetID   ErrorCode\n"

// open creates the file. It returns nil if there is to be none.
func (f *actionLogFlags) open(log *slog.Logger) (*actionLog, error) {
	if f.File == "" {
		return nil, nil
	}
	file, err := os.Create(f.File)
	if err != nil {
		return nil, err
	}
	return newActionLog(file, log), nil
}

const (
	// actionLogPause is how long lines may wait for others to be written with them.
	actionLogPause = 200 * time.Millisecond
	// actionLogBatch is how much is written at once, without a pause.
	actionLogBatch = 64 << 10
	// actionLogMost is how much may wait for a file that is slow. What comes then is
	// left out.
	actionLogMost = 4 << 20
	// actionLogPatience is how long the last of it may take.
	actionLogPatience = 2 * time.Second
)

// actionLog is the log of actions. Lines are put together by the goroutine that serves all
// and written by another one, so that a slow file does not make the registrar slow.
type actionLog struct {
	out   io.WriteCloser
	log   *slog.Logger
	start time.Time
	row   int // the last one; they go on when lines are left out

	mu      sync.Mutex
	waiting []byte
	failed  bool // nothing is written any more
	missing bool // lines have been left out, and that has been told

	wake   chan struct{} // there are the first lines of a batch
	full   chan struct{} // there are enough of them
	closed chan struct{}
	done   chan struct{}
}

func newActionLog(out io.WriteCloser, log *slog.Logger) *actionLog {
	l := &actionLog{
		out:     out,
		log:     log,
		start:   time.Now(),
		waiting: []byte(actionLogHeader),
		wake:    make(chan struct{}, 1),
		full:    make(chan struct{}, 1),
		closed:  make(chan struct{}),
		done:    make(chan struct{}),
	}
	l.wake <- struct{}{}
	go l.write()
	return l
}

// add adds a line.
func (l *actionLog) add(line *actionLine) {
	l.row++
	l.mu.Lock()
	defer l.mu.Unlock()
	switch before := len(l.waiting); {
	case l.failed:
	case before >= actionLogMost:
		if !l.missing {
			l.missing = true
			l.log.Warn("action log incomplete: its file is too slow", "row", l.row)
		}
	default:
		l.waiting = line.append(l.waiting, l.row, l.start)
		if before == 0 {
			signal(l.wake)
		}
		if len(l.waiting) >= actionLogBatch {
			signal(l.full)
		}
	}
}

// signal puts something in a channel, if nothing is there.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write writes what comes until the log is closed, or until that fails: half a line may
// be the last one then.
func (l *actionLog) write() {
	defer close(l.done)
	var batch []byte
	for ended := false; !ended; {
		select {
		case <-l.wake:
		case <-l.closed:
		}
		timer := time.NewTimer(actionLogPause)
		select {
		case <-timer.C:
		case <-l.full:
		case <-l.closed:
			ended = true
		}
		timer.Stop()
		l.mu.Lock()
		batch, l.waiting = l.waiting, batch[:0]
		l.mu.Unlock()
		if _, err := l.out.Write(batch); err != nil {
			l.fail(err)
			return
		}
	}
}

// fail notes that nothing can be written any more, and tells so once.
func (l *actionLog) fail(err error) {
	l.mu.Lock()
	told := l.failed
	l.failed = true
	l.waiting = nil
	l.mu.Unlock()
	if !told {
		l.log.Error("action log not written any more", "error", err)
	}
}

// close writes what waits and closes the file, if there is one.
func (l *actionLog) close() {
	if l == nil {
		return
	}
	close(l.closed)
	select {
	case <-l.done:
	case <-time.After(actionLogPatience):
		l.fail(errors.New("its file is too slow"))
	}
	if err := l.out.Close(); err != nil {
		l.fail(fmt.Errorf("at the end: %w", err))
	}
}
