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
	done  chan struct{}   // closed at the end of the process
	err   error           // of the end
	log   strings.Builder // its standard error; complete at the end of the process
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
	cmd.WaitDelay = time.Second // Children of the process may keep its standard error open.
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

// patience is the time limit for each step of a process.
const patience = 10 * time.Second

// expect reads output until a line has the text, and returns the rest of the line.
func (p *process) expect(ctx context.Context, text string) (rest string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case line, more := <-p.lines:
			if !more {
				<-p.done
				return "", p.fail("ended (%s) before it said %q", p.cmd.ProcessState, text)
			}
			if _, rest, found := strings.Cut(line, text); found {
				return rest, nil
			}
		case <-ctx.Done():
			return "", p.fail("has not said %q in time", text)
		}
	}
}

// A failure is an error of a process.
type failure struct {
	process *process
	text    string
}

// Error returns the process and its error.
func (f *failure) Error() string {
	return fmt.Sprintf("%s (process %d) %s", f.process.name, f.process.cmd.Process.Pid, f.text)
}

// fail returns an error of the process.
func (p *process) fail(format string, args ...any) error {
	return &failure{p, fmt.Sprintf(format, args...)}
}

// interrupt asks the process to end, and waits for its end.
func (p *process) interrupt(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return p.fail("has ended early: %v", err)
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
				return p.fail("ended with %v", p.err)
			}
			return nil
		case <-ctx.Done():
			return p.fail("does not end")
		}
	}
}

// kill ends the process without a warning, and waits for its end.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.out.Close()   // Children of the process may keep it open.
	for range p.lines { //nolint:revive // The rest of the output does not matter.
	}
	<-p.done
}

// hasEnded reports whether the process has ended.
func (p *process) hasEnded() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// killAll ends all processes that are still running, and returns an error if there were any.
func (d *demo) killAll() error {
	var left []error
	for _, p := range d.processes {
		if !p.hasEnded() {
			left = append(left, p.fail("was left running"))
			p.kill()
		}
	}
	return errors.Join(left...)
}
