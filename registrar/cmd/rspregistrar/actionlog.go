package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
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

// actionLogPause is how long lines may wait for others to be written with them.
const actionLogPause = 200 * time.Millisecond

// actionLog is the log of actions. Lines are put together by the goroutine that serves all;
// a slow file does not make it slow.
type actionLog struct {
	out   *spool.Writer
	log   *slog.Logger
	start time.Time
	row   int    // the last one; they go on when lines are left out
	line  []byte // that one

	failed  bool // nothing is written any more
	missing bool // lines have been left out, and that has been told
}

func newActionLog(out io.WriteCloser, log *slog.Logger) *actionLog {
	l := &actionLog{out: spool.New(out, actionLogPause), log: log, start: time.Now()}
	l.write([]byte(actionLogHeader))
	return l
}

// add adds a line.
func (l *actionLog) add(line *actionLine) {
	l.row++
	if !l.failed {
		l.line = line.append(l.line[:0], l.row, l.start)
		l.write(l.line)
	}
}

// write writes, or tells why nothing is written any more, or that something is left out.
func (l *actionLog) write(b []byte) {
	switch _, err := l.out.Write(b); {
	case errors.Is(err, spool.ErrSlow):
		if !l.missing {
			l.missing = true
			l.log.Warn("action log incomplete: its file is too slow", "row", l.row)
		}
	case err != nil:
		// Half a line may be the last one: what came behind it would not be a table any more.
		l.fail(err)
	}
}

// fail tells that nothing is written any more.
func (l *actionLog) fail(err error) {
	l.failed = true
	l.log.Error("action log not written any more", "error", err)
}

// close writes what waits and closes the file, if there is one.
func (l *actionLog) close() {
	if l == nil {
		return
	}
	if err := l.out.Close(); err != nil && !l.failed {
		l.fail(fmt.Errorf("at the end: %w", err))
	}
}
