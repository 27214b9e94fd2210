package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// scalarFlags are the options for the file of scalars.
type scalarFlags struct {
	File   string `name:"scalar" placeholder:"FILE" help:"At the end, write totals and averages to this file, in the format of OMNeT++."`
	Object string `default:"registrar" placeholder:"TEXT" help:"Name of the registrar in the file of --scalar. Default: ${default}."`
}

// Validate checks the names. Kong calls it.
func (f *scalarFlags) Validate() error {
	if strings.ContainsAny(f.Object, "\"\n\r") {
		return fmt.Errorf("--object=%q: a name has no quotation marks and no line breaks", f.Object)
	}
	return refuseCompressed("scalar", f.File)
}

// open checks that the file can be written, since the end would be late for a first attempt. It
// returns nil without --scalar.
func (f *scalarFlags) open() (*scalars, error) {
	if f.File == "" {
		return nil, nil
	}
	s := &scalars{file: f.File, object: f.Object}
	// An old file is kept until the new file is complete. A link keeps its target, and a device
	// or a pipe is written in place.
	if path, err := filepath.EvalSymlinks(f.File); err == nil {
		s.file = path
	}
	if info, err := os.Stat(s.file); err == nil && !info.Mode().IsRegular() {
		s.inPlace = true
		if info.IsDir() {
			return nil, fmt.Errorf("--scalar=%s: is a directory", f.File)
		}
		return s, nil
	}
	file, err := os.OpenFile(s.draft(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(file.Close(), os.Remove(s.draft()))
}

// scalars is the file of scalars.
type scalars struct {
	file    string
	object  string
	inPlace bool // the file is no regular file, so it cannot be replaced
}

// draft returns the name of the file until the file is complete.
func (s *scalars) draft() string { return fmt.Sprintf("%s.%d.tmp", s.file, os.Getpid()) }

// write writes the file, or leaves the old file as it was. It does nothing without --scalar.
func (s *scalars) write(h *history) error {
	if s == nil {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, `run 1 "scenario"`)
	for i, n := range h.totals {
		fmt.Fprintf(&b, "scalar \"%s\" %-38s %8d\n", s.object, `"Registrar Total `+totalNames[i]+`"`, n)
	}
	for i, x := range h.averages {
		fmt.Fprintf(&b, "scalar \"%s\" %-49s %.6f\n", s.object, `"Registrar Average Number Of `+averageNames[i]+`"`, x)
	}
	if s.inPlace {
		return s.writeInPlace(b.Bytes())
	}
	err := os.WriteFile(s.draft(), b.Bytes(), 0o666)
	if err == nil {
		err = os.Rename(s.draft(), s.file)
	}
	if err != nil {
		_ = os.Remove(s.draft()) // The draft may be missing, and is of no use.
		return fmt.Errorf("scalars not written: %w", err)
	}
	return nil
}

// writeInPlace writes to a device or a pipe. It does not wait for a reader of the pipe.
func (s *scalars) writeInPlace(text []byte) error {
	file, err := os.OpenFile(s.file, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		_, err = file.Write(text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("scalars not written: %w", err)
	}
	return nil
}
