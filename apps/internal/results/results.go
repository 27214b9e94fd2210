// Package results writes the files of a measurement in the formats of RSPLIB: a table for R, the vector
// file, and a list of names and values for the tools of OMNeT++, the scalar file.
package results

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/internal/cli/spool"
)

// Files are the files of a program. A program that fails and comes back opens and closes them again:
// the files go on then. The methods are called by a single goroutine at a time.
type Files struct {
	// Vector and Scalar are the names of the files.
	Vector, Scalar string
	// Object is the name of the program in the files.
	Object string
	// Header has the names of the columns of the table. As R expects it, there is no name for the
	// first column, which numbers the rows.
	Header string

	begun  bool
	rows   int
	vector *spool.Writer
	scalar *os.File
}

// Check checks the name of an object, which belongs to the option.
func Check(option, object string) error {
	if object == "" || strings.ContainsAny(object, "\" \t\r\n") {
		return fmt.Errorf("--%s=%q: a name has no white space and no quotation marks, and is not empty", option, object)
	}
	return nil
}

// Open opens the files: for the first time new files, later the same files at their ends.
func (f *Files) Open() error {
	mode := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if f.begun {
		mode = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	vector, err := os.OpenFile(f.Vector, mode, 0o666)
	if err != nil {
		return err
	}
	if f.scalar, err = os.OpenFile(f.Scalar, mode, 0o666); err != nil {
		return errors.Join(err, vector.Close())
	}
	f.vector = spool.New(vector, 0) // The program does not wait for a slow file.
	if f.begun {
		return nil
	}
	f.begun = true
	fmt.Fprintln(f.vector, f.Header)
	_, err = fmt.Fprintln(f.scalar, `run 1 "scenario"`)
	return err
}

// Row adds a row to the table, behind its number and the object. A missing row is an error of Close.
func (f *Files) Row(format string, args ...any) {
	f.rows++
	fmt.Fprintf(f.vector, "%06d %s %d %s\n", f.rows, f.Object, os.Getpid(), fmt.Sprintf(format, args...))
}

// A Scalar is a name with its value.
type Scalar struct{ Name, Value string }

// Close writes the scalars and closes the files.
func (f *Files) Close(scalars []Scalar) error {
	var text strings.Builder
	width := 0
	for _, s := range scalars {
		width = max(width, len(s.Name)+len(`""`))
	}
	for _, s := range scalars {
		fmt.Fprintf(&text, "scalar \"%s\" %-*s %s\n", f.Object, width, `"`+s.Name+`"`, s.Value)
	}
	_, err := f.scalar.WriteString(text.String())
	err = cmp.Or(err, f.scalar.Close())
	if closed := f.vector.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", f.Vector, closed))
	}
	if lost := f.vector.Lost(); lost > 0 {
		err = errors.Join(err, fmt.Errorf("%s: %s missing", f.Vector, cli.Count(lost, "row")))
	}
	return err
}

// Seconds returns a time in seconds.
func Seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// Stamp returns a point in time in seconds since 1970.
func Stamp(t time.Time) string {
	us := t.UnixMicro()
	return fmt.Sprintf("%d.%06d", us/1e6, us%1e6)
}
