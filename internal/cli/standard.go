package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

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

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// standard is a file that stays open.
type standard struct{ io.Writer }

// Close does nothing.
func (standard) Close() error { return nil }
