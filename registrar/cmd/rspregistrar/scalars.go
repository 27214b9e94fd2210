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

// scalarFlags are about the file of scalars.
type scalarFlags struct {
	File   string `name:"scalar" placeholder:"FILE" help:"Write totals and averages to a file at the end, in the form of OMNeT++."`
	Object string `default:"registrar" placeholder:"TEXT" help:"Name of the registrar in that file. Default: ${default}."`
}

// Validate checks the names. Kong calls it.
func (f *scalarFlags) Validate() error {
	if strings.ContainsAny(f.Object, "\"\n\r") {
		return fmt.Errorf("--object=%q: a name has no quotation marks and no line breaks", f.Object)
	}
	return notCompressed("scalar", f.File)
}

// open finds out whether the file can be written, so that this does not show only at the
// end. It returns nil if there is to be none.
func (f *scalarFlags) open() (*scalars, error) {
	if f.File == "" {
		return nil, nil
	}
	s := &scalars{file: f.File, object: f.Object}
	// A file that is there is kept until there is a better one. A device or a pipe is not
	// to be replaced.
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
	inPlace bool // it is no regular file
}

// draft is the name that the file has while it is not complete.
func (s *scalars) draft() string { return fmt.Sprintf("%s.%d.tmp", s.file, os.Getpid()) }

// The names of the deployed program, in the order of totals and averages.
var (
	totalNames = [len(totals{})]string{
		"Registrations", "Reregistrations", "Deregistrations", "Handle Resolutions",
		"Failure Reports", "Synchronizations", "Handle Updates", "Endpoint Keep Alives",
	}
	averageNames = [len(averages{})]string{"Pools", "Pool Elements", "Owned Pool Elements", "Peers"}
)

// write writes the file, if there is to be one: it is complete, or as it was before.
func (s *scalars) write(l *lives) error {
	if s == nil {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, `run 1 "scenario"`)
	for i, n := range l.totals {
		fmt.Fprintf(&b, "scalar \"%s\" %-38s %8d\n", s.object, `"Registrar Total `+totalNames[i]+`"`, n)
	}
	for i, x := range l.averages {
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
		_ = os.Remove(s.draft()) // It may not be there, and is of no use.
		return fmt.Errorf("scalars not written: %w", err)
	}
	return nil
}

// writeInPlace writes to what is no regular file. The end does not wait for somebody to
// read a pipe.
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
