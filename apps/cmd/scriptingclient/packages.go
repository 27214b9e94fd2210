package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A workPackage is a package to be run.
type workPackage struct {
	name   string // of the file
	input  string // path
	output string // path of the result
	// failed is the path of the result of a package that failed. Empty: such a result goes to output.
	failed string

	skipped bool // its result is there already
	done    bool
	status  uint32 // exit status, when the package has one
	err     error  // nil: the package has succeeded, if it is done

	began, ended time.Time
	trials       int // that ended with an exit status
	failovers    int // that did not
}

// Suffixes of the results of a folder of packages.
const (
	resultSuffix = ".result"
	failedSuffix = ".failed"
)

// findPackages returns the package of a file, or the packages of a folder in the order of their names.
// The folder for results is made if needed. Hidden files, subfolders and results are no packages.
func findPackages(input, output string) ([]*workPackage, error) {
	info, err := os.Stat(input)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: not a file", input)
		}
		if info, err := os.Stat(output); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s: a folder, while %s is a single package", output, input)
		}
		return []*workPackage{{name: filepath.Base(input), input: input, output: output}}, nil
	}
	entries, err := os.ReadDir(input)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(output, 0o777); err != nil {
		return nil, err
	}
	var packages []*workPackage
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || name[0] == '.' || strings.HasSuffix(name, resultSuffix) || strings.HasSuffix(name, failedSuffix) {
			continue
		}
		p := &workPackage{
			name: name, input: filepath.Join(input, name),
			output: filepath.Join(output, name+resultSuffix), failed: filepath.Join(output, name+failedSuffix),
		}
		_, err := os.Lstat(p.output)
		p.skipped = err == nil
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("%s: no packages", input)
	}
	return packages, nil
}

// dropFailed removes the result of a former run that failed.
func (p *workPackage) dropFailed() {
	if p.failed != "" {
		_ = os.Remove(p.failed) // Usually there is none.
	}
}

// succeeded reports whether the package has ended with exit status 0, and its result is complete.
func (p *workPackage) succeeded() bool { return p.done && p.err == nil }

// A result is the result of a package while it comes. It is stored under another name until then, so
// that nobody takes a part of a result for all of it.
type result struct {
	file  *os.File
	limit int64
	size  int64
}

// openResult opens an empty result beside the place of the output.
func openResult(output string, limit int64) (*result, error) {
	for {
		name := filepath.Join(filepath.Dir(output), fmt.Sprintf(".%s.%08x.part", filepath.Base(output), rand.Uint32()))
		file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return &result{file: file, limit: limit}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
}

// errTooLarge is the error of a result beyond --maxresult.
var errTooLarge = errors.New("result is larger than --maxresult")

// Write adds a part.
func (r *result) Write(b []byte) (int, error) {
	if r.size += int64(len(b)); r.size > r.limit {
		return 0, errTooLarge
	}
	return r.file.Write(b)
}

// keep puts the result in its place. A place that is no file, such as /dev/stdout, gets the content.
func (r *result) keep(output string) error {
	info, err := os.Stat(output)
	if err != nil || info.Mode().IsRegular() {
		if err := r.file.Close(); err != nil {
			return errors.Join(err, os.Remove(r.file.Name()))
		}
		return os.Rename(r.file.Name(), output)
	}
	defer r.drop()
	to, err := os.OpenFile(output, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err = r.file.Seek(0, io.SeekStart); err == nil {
		_, err = io.Copy(to, r.file)
	}
	return errors.Join(err, to.Close())
}

// drop removes the result.
func (r *result) drop() { _ = errors.Join(r.file.Close(), os.Remove(r.file.Name())) }
