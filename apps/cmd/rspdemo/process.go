package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// process is a running program whose standard output is read line by line.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string   // closed at the end of its output
	done  chan struct{} // closed when it has ended
	err   error         // how it ended
	tail  strings.Builder
}

// run starts a program. Its log goes to a buffer that is shown if it fails.
func (d *demo) run(name string, args ...string) (*process, error) {
	cmd := exec.Command(filepath.Join(d.dir, name), args...)
	p := &process{name: name, cmd: cmd, lines: make(chan string, 64), done: make(chan struct{})}
	cmd.Stderr = &p.tail
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = stdin
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w (make build puts the programs into bin/)", err)
	}
	d.processes = append(d.processes, p)
	go func() {
		for s := bufio.NewScanner(stdout); s.Scan(); {
			p.lines <- s.Text()
		}
		close(p.lines)
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// expect reads output until a line has the text, and returns what is behind it.
func (p *process) expect(ctx context.Context, text string) (rest string, err error) {
	for {
		select {
		case line, more := <-p.lines:
			if !more {
				return "", p.failed("ended before it said %q", text)
			}
			if _, rest, found := strings.Cut(line, text); found {
				return rest, nil
			}
		case <-ctx.Done():
			return "", p.failed("did not say %q in time", text)
		}
	}
}

func (p *process) failed(format string, args ...any) error {
	return fmt.Errorf("%s %s", p.name, fmt.Sprintf(format, args...))
}

// interrupt asks the process to end, and waits until it has.
func (p *process) interrupt(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	return p.wait(ctx)
}

// wait waits for the process to end by itself.
func (p *process) wait(ctx context.Context) error {
	for {
		select {
		case _, more := <-p.lines:
			if !more {
				p.lines = nil // Nothing more to read.
			}
		case <-p.done:
			if p.err != nil {
				return p.failed("%v; its log:\n%s", p.err, p.tail.String())
			}
			return nil
		case <-ctx.Done():
			return p.failed("does not end; its log:\n%s", p.tail.String())
		}
	}
}

// kill ends the process without a warning, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	for range p.lines { //nolint:revive // What it had said before is of no interest.
	}
	<-p.done
}

// ended reports whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// killAll ends what is still running, and tells what that was.
func (d *demo) killAll() error {
	var left []error
	for _, p := range d.processes {
		if !p.ended() {
			left = append(left, p.failed("was left running; its log:\n%s", p.tail.String()))
			p.kill()
		}
	}
	return errors.Join(left...)
}
