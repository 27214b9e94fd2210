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
	"time"
)

// process is a running program whose standard output is read line by line.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   io.Closer       // its standard output
	lines chan string     // closed at the end of its output
	done  chan struct{}   // closed when it has ended
	err   error           // how it ended
	log   strings.Builder // its standard error; to be read when it has ended
}

// run starts a program. Its log goes to a buffer that is shown if it fails.
func (d *demo) run(name string, args ...string) (*process, error) {
	cmd := exec.Command(filepath.Join(d.dir, name), args...)
	p := &process{name: name, cmd: cmd, lines: make(chan string, 64), done: make(chan struct{})}
	cmd.Stderr = &p.log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdin, p.out = stdin, stdout
	cmd.WaitDelay = time.Second // For a child of its own that has its standard error.
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

// patience is how long a process may take for what is asked of it.
const patience = 10 * time.Second

// expect reads output until a line has the text, and returns what is behind it.
func (p *process) expect(ctx context.Context, text string) (rest string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case line, more := <-p.lines:
			if !more {
				<-p.done
				return "", p.failed("ended (%s) before it said %q", p.cmd.ProcessState, text)
			}
			if _, rest, found := strings.Cut(line, text); found {
				return rest, nil
			}
		case <-ctx.Done():
			return "", p.failed("has not said %q in time", text)
		}
	}
}

// A failure says that a process has not done what it should.
type failure struct {
	process *process
	text    string
}

// Error returns what has gone wrong.
func (f *failure) Error() string {
	return fmt.Sprintf("%s (process %d) %s", f.process.name, f.process.cmd.Process.Pid, f.text)
}

func (p *process) failed(format string, args ...any) error {
	return &failure{p, fmt.Sprintf(format, args...)}
}

// interrupt asks the process to end, and waits until it has.
func (p *process) interrupt(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return p.failed("has ended early: %v", err)
	}
	return p.wait(ctx)
}

// wait waits for the process to end by itself.
func (p *process) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lines := p.lines
	for {
		select {
		case _, more := <-lines:
			if !more {
				lines = nil // Nothing more to read.
			}
		case <-p.done:
			if p.err != nil {
				return p.failed("ended with %v", p.err)
			}
			return nil
		case <-ctx.Done():
			return p.failed("does not end")
		}
	}
}

// kill ends the process without a warning, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.out.Close()   // A child of its own may have it too.
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
			left = append(left, p.failed("was left running"))
			p.kill()
		}
	}
	return errors.Join(left...)
}
