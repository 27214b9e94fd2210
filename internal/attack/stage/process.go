package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Command is a program on a host.
type Command struct {
	Host string
	// Nice is added to the nice value: the attacker leaves the processor to the programs under attack, as it would from
	// another machine, and the good client measures without delay.
	Nice int
	// Group is the memory cgroup of the process. Nil: that of this process.
	Group *MemoryGroup
	Path  string
	Args  []string
}

// A Process is a program that was started.
type Process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	done           chan struct{} // closed when the process has ended and its output is complete
	err            error         // how it ended; to be read after done

	mu   sync.Mutex // guards the following field
	most int        // the largest resident memory so far, in KiB
}

// Start starts a program. The shell and the commands before it replace themselves, so that the process is the program.
func Start(c Command) (*Process, error) {
	p := &Process{done: make(chan struct{})}
	args := append([]string{"-n", strconv.Itoa(c.Nice), "ip", "netns", "exec", c.Host, c.Path}, c.Args...)
	p.cmd = exec.Command("nice", args...)
	if c.Group != nil {
		shell := `echo $$ > "$0" && exec nice "$@"`
		p.cmd = exec.Command("sh", append([]string{"-c", shell, c.Group.procs()}, args...)...)
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// Done returns a channel that is closed at the end of the process.
func (p *Process) Done() <-chan struct{} { return p.done }

// IsAlive reports whether the process runs.
func (p *Process) IsAlive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// AwaitLine waits until the process has printed a line to standard output.
func (p *Process) AwaitLine(ctx context.Context, line string) error {
	for {
		ended := !p.IsAlive() // Before the look at the output, which is complete then.
		if strings.Contains(p.stdout.String(), line+"\n") {
			return nil
		}
		if ended {
			_, err := p.Output()
			return fmt.Errorf("ended before %q: %w", line, err)
		}
		select {
		case <-time.After(linePoll):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

const linePoll = 10 * time.Millisecond

// Output waits for the end of the process, and returns its standard output. The error has the last line of standard
// error.
func (p *Process) Output() (string, error) {
	<-p.done
	if p.err != nil {
		lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
		return "", fmt.Errorf("%w: %s", p.err, lines[len(lines)-1])
	}
	return p.stdout.String(), nil
}

// An output collects text that a goroutine writes.
type output struct {
	mu   sync.Mutex // guards the following field
	text []byte
}

// Write appends text.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	return len(b), nil
}

// String returns the text so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// Interrupt asks the process to end.
func (p *Process) Interrupt() error { return p.cmd.Process.Signal(os.Interrupt) }

// Kill ends the process, and waits for its end.
func (p *Process) Kill() error {
	err := p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Memory returns the resident memory of the process now and at most, in KiB. After the end of the process, the first is
// 0, and the second is the largest value that an earlier call has seen.
func (p *Process) Memory() (now, most int) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		return 0, p.most
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		value, _ := strconv.Atoi(fields[1]) // 0 in other lines
		switch fields[0] {
		case "VmRSS:":
			now = value
		case "VmHWM:":
			p.most = max(p.most, value)
		}
	}
	return now, p.most
}

const memoryPoll = 100 * time.Millisecond

// WatchMemory calls Memory until the process ends.
func (p *Process) WatchMemory() {
	for {
		select {
		case <-time.After(memoryPoll):
			p.Memory()
		case <-p.done:
			return
		}
	}
}
