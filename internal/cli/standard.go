package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// SpoolStandard returns a spool to standard output or standard error. Closing the spool leaves
// the file open.
func SpoolStandard(file *os.File) *spool.Writer { return spool.New(standard{file}, 0) }

// PrintLast prints the last line of a program to standard output or standard error. It waits for a
// slow reader, but not longer than [spool.Patience].
func PrintLast(file *os.File, line string) {
	out := SpoolStandard(file)
	fmt.Fprintln(out, line)
	_ = out.Close() // There is no place left to report an error.
}

// Standard returns a writer to standard output or standard error. The writer waits for a slow
// reader until the context ends. Afterwards it writes nothing.
func Standard(ctx context.Context, file *os.File) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		p = bytes.Clone(p)
		written := make(chan error, 1)
		go func() {
			_, err := file.Write(p)
			written <- err
		}()
		select {
		case err := <-written:
			return len(p), err
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	})
}

// lastOutput is the time that a write may take when the program is to end.
const lastOutput = 2 * time.Second

var errNobodyReads = errors.New("nobody reads the output")

// StandardToEnd returns a writer like [Standard], which goes on when the context has ended: so a
// program that is to end can still print its results. Then each write has 2 s.
func StandardToEnd(ctx context.Context, file *os.File) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		writing, giveUp := untilWritten(ctx)
		defer giveUp()
		return Standard(writing, file).Write(p)
	})
}

// untilWritten returns the context of a write. It ends 2 s after the later of the end of ctx and now.
func untilWritten(ctx context.Context) (writing context.Context, giveUp func()) {
	writing, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastOutput, func() { cancel(errNobodyReads) }) })
	return writing, func() {
		stop()
		cancel(nil)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// standard is a file that stays open.
type standard struct{ io.Writer }

// Close does nothing.
func (standard) Close() error { return nil }
