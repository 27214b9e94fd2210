package cli

import (
	"io"
	"os"

	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// SpoolStandard returns a writer that makes nobody wait, to standard output or standard
// error, which stays open.
func SpoolStandard(file *os.File) *spool.Writer { return spool.New(standard{file}, 0) }

// standard is a file that is there as long as the program.
type standard struct{ io.Writer }

// Close does nothing.
func (standard) Close() error { return nil }
