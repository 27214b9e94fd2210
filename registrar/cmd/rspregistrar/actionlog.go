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

// actionLogFlags are the options for the log of actions.
type actionLogFlags struct {
	File string `name:"actionlogfile" placeholder:"FILE" help:"Write a table for R, with a row for each message, to this file, which is overwritten."`
}

// Validate checks the name. Kong calls it.
func (f *actionLogFlags) Validate() error { return refuseCompressed("actionlogfile", f.File) }

// actionLogHeader names the columns of the table, except the first.
const actionLogHeader = "AbsTime RelTime   Direction Protocol Action Reason   Flags Counter Time   " +
	"PoolHandle PoolElementID   SenderID ReceiverID TargetID   ErrorCode\n"

// open creates the file. It returns nil without --actionlogfile.
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

// actionLogPause is the time that a row may wait for further rows, to be written with them.
const actionLogPause = 200 * time.Millisecond

// actionLog is the log of actions. The registrar's goroutine formats the rows, and never waits for
// the file.
type actionLog struct {
	out   *spool.Writer
	log   *slog.Logger
	start time.Time
	row   int    // number of the last row; rows that are left out count
	line  []byte // the last row

	failed  bool // no row is written any more
	missing bool // rows are left out, and a log record tells
}

// newActionLog returns a log of actions that writes to out.
func newActionLog(out io.WriteCloser, log *slog.Logger) *actionLog {
	l := &actionLog{out: spool.New(out, actionLogPause), log: log, start: time.Now()}
	l.write([]byte(actionLogHeader))
	return l
}

// add adds a row.
func (l *actionLog) add(line *actionLine) {
	l.row++
	if !l.failed {
		l.line = line.append(l.line[:0], l.row, l.start)
		l.write(l.line)
	}
}

// write writes rows. It logs when rows are left out for the first time, and when the file fails.
func (l *actionLog) write(b []byte) {
	switch _, err := l.out.Write(b); {
	case errors.Is(err, spool.ErrSlow):
		if !l.missing {
			l.missing = true
			l.log.Warn("action log incomplete: file too slow", "row", l.row)
		}
	case err != nil:
		// The last row may be incomplete, and further rows would not make a table.
		l.fail(err)
	}
}

// fail notes and logs that no row is written any more.
func (l *actionLog) fail(err error) {
	l.failed = true
	l.log.Error("action log abandoned", "error", err)
}

// close writes the waiting rows and closes the file. It does nothing without --actionlogfile.
func (l *actionLog) close() {
	if l == nil {
		return
	}
	if err := l.out.Close(); err != nil && !l.failed {
		l.fail(fmt.Errorf("at the end: %w", err))
	}
}
