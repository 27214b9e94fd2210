package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/rserpool-go/rserpool/apps/internal/work"
	"github.com/rserpool-go/rserpool/apps/scripting"
)

// failed is the exit status of a package that cannot be run to its end.
const failed = 1

// run runs the package and returns its exit status. A package that is at fault has a status; an
// error means that the session has ended.
func (j *job) run(ctx context.Context) (status uint32, err error) {
	var fault error
	task := func(ctx context.Context) error {
		code, err := j.execute(ctx)
		status, fault = uint32(code), err
		return context.Cause(ctx)
	}
	if err := j.talk.during(ctx, j.config.KeepAliveInterval, j.config.KeepAliveTimeout, task); err != nil {
		return 0, err
	}
	if fault == nil && status == 0 {
		fault = j.checkResult()
	}
	if fault != nil {
		j.Printf("package failed: %s", printable(fault.Error()))
		return failed, nil
	}
	j.Printf("package has ended with status %d", status)
	return status, nil
}

// execute checks, unpacks and runs the package.
func (j *job) execute(ctx context.Context) (status int, err error) {
	archive := j.input
	args := []string{"", ""} // no keys
	if s := j.config.Signatures; s != nil {
		if archive, err = work.NewFile(); err != nil {
			return 0, err
		}
		defer archive.Close() //nolint:errcheck // It has been unpacked.
		if err := s.Check(ctx, j.input, archive, j.config.Limits); err != nil {
			return 0, err
		}
		args = []string{s.Keyring, s.TrustDB}
	}
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	var environment io.Reader
	if j.environment != nil {
		environment = io.NewSectionReader(j.environment, 0, 1<<62)
	}
	if err := j.folder.Unpack(archive, environment, j.config.Limits); err != nil {
		return 0, err
	}
	var out io.Writer
	if j.config.Verbose {
		out = &printer{session: j.Session}
	}
	return j.folder.Run(ctx, j.config.Limits, out, args...)
}

// checkResult asserts that a package that claims success has a result.
func (j *job) checkResult() error {
	f, err := j.folder.Output()
	if err != nil {
		return fmt.Errorf("no result: %w", err)
	}
	return f.Close()
}

// download sends the result, which is empty if the package has made none.
func (j *job) download(ctx context.Context) error {
	if err := j.sendResult(ctx); err != nil {
		return err
	}
	return j.talk.send(ctx, &scripting.Download{})
}

func (j *job) sendResult(ctx context.Context) error {
	f, err := j.folder.Output()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			j.Printf("no result: %s", printable(err.Error()))
		}
		return nil
	}
	defer f.Close() //nolint:errcheck // It is only read.
	return j.sendFile(ctx, f)
}

func (j *job) sendFile(ctx context.Context, f *os.File) error {
	b := make([]byte, scripting.MaxDataLen)
	for left := j.config.Limits.Disk; left > 0; {
		n, err := io.ReadFull(f, b[:min(left, int64(len(b)))])
		if n > 0 {
			if err := j.talk.send(ctx, &scripting.Download{Data: b[:n]}); err != nil {
				return err
			}
		}
		left -= int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// maxOutput bounds the printed lines of a package, and maxLine their length in octets.
const (
	maxOutput = 1000
	maxLine   = 256
)

// printer prints the output of a package.
type printer struct {
	session *Session
	line    []byte
	lines   int
}

func (p *printer) Write(b []byte) (int, error) {
	for part := range bytes.Lines(b) {
		p.line = append(p.line, part[:min(len(part), maxLine+1-len(p.line))]...)
		if !bytes.HasSuffix(part, []byte("\n")) && len(p.line) <= maxLine {
			continue
		}
		if p.lines++; p.lines <= maxOutput {
			p.session.Printf("output: %s", printable(string(bytes.TrimSuffix(p.line, []byte("\n")))))
		}
		p.line = p.line[:0]
	}
	return len(b), nil
}

// printable replaces characters that could control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '.'
		}
		return r
	}, s)
}
