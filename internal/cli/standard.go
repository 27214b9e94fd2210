package cli

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// SpoolStandard returns a writer that makes nobody wait, to standard output or standard
// error, which stays open.
func SpoolStandard(file *os.File) *spool.Writer { return spool.New(standard{file}, 0) }

// Standard returns a writer to standard output or standard error that waits for who reads it,
// but not when the context has ended: then nothing is written any more.
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

// standard is a file that is there as long as the program.
type standard struct{ io.Writer }

// Close does nothing.
func (standard) Close() error { return nil }
