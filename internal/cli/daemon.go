package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
)

// DaemonFlags let a program run in the background, like RSPLIB's programs. A program
// embeds them without a prefix, and calls Ready.
//
// A Go program cannot fork. So it starts itself again as a process in a session of its own,
// without standard input and ignoring SIGHUP. The first process ends when the second process
// reports by a pipe that it is ready. Both have the same standard output and standard error.
type DaemonFlags struct {
	PIDFile string `name:"daemonpidfile" placeholder:"FILE" help:"Run in the background: return when all ports are bound, write the process ID to this file, and ignore SIGHUP."`

	child *background
}

func (f *DaemonFlags) daemon() *DaemonFlags { return f }

// daemonProgram is a program that can run in the background.
type daemonProgram interface{ daemon() *DaemonFlags }

// Background reports whether this process runs in the background.
func (f *DaemonFlags) Background() bool { return f.child != nil }

// Ready tells the process in the foreground that the start has succeeded, so that it ends. In
// the foreground Ready does nothing. Further calls do nothing.
func (f *DaemonFlags) Ready() {
	if f.child != nil {
		f.child.ready()
	}
}

// background is the process in the background.
type background struct {
	parent io.WriteCloser
	once   sync.Once
}

func (b *background) ready() {
	b.once.Do(func() {
		_, _ = b.parent.Write([]byte{0}) // An error means that the parent has ended.
		_ = b.parent.Close()
	})
}

// readyVariable is in the environment of the process in the background. It has the ID of the
// process in the foreground, so a variable that is left over elsewhere has no effect.
const readyVariable = "RSERPOOL_DAEMON"

// enter sets up the process in the background, and returns false. In the foreground it
// returns whether a process in the background has to be started.
func (f *DaemonFlags) enter() (wanted bool) {
	if f.PIDFile == "" {
		return false
	}
	if os.Getenv(readyVariable) != strconv.Itoa(os.Getppid()) {
		return true
	}
	_ = os.Unsetenv(readyVariable) // Children of this process do not inherit it.
	f.child = &background{parent: inheritedPipe()}
	signal.Ignore(syscall.SIGHUP)
	// The reader of the output may end before this process, which must survive SIGPIPE.
	// With a channel for the signal, the write fails and the process goes on.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return false
}

// errNotReady: the process in the background has ended without an exit status.
var errNotReady = errors.New("the process in the background has ended before it was ready")

// launch starts the process in the background and returns the exit status of this process. If
// the process in the background fails at its start, it has printed the error, and launch returns
// its status.
func (f *DaemonFlags) launch() (status int, err error) {
	attributes, err := newSession()
	if err != nil {
		return 0, &UsageError{err}
	}
	program, err := os.Executable()
	if err != nil {
		return 0, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer read.Close()
	cmd := &exec.Cmd{
		Path:        program,
		Args:        os.Args,
		Env:         append(os.Environ(), readyVariable+"="+strconv.Itoa(os.Getpid())),
		Stdout:      os.Stdout,
		Stderr:      os.Stderr,
		ExtraFiles:  []*os.File{write},
		SysProcAttr: attributes,
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	err = cmd.Start()
	_ = write.Close() // The child has a copy.
	if err != nil {
		return 0, err
	}
	ready := make(chan bool, 1)
	go func() {
		n, _ := read.Read(make([]byte, 1)) // The pipe ends with the process.
		ready <- n == 1
	}()
	select {
	case <-signals:
		return 0, end(cmd, errors.New("stopped before it was ready"))
	case ok := <-ready:
		if !ok {
			return childStatus(cmd.Wait())
		}
	}
	if err := os.WriteFile(f.PIDFile, fmt.Appendln(nil, cmd.Process.Pid), 0o644); err != nil {
		return 0, end(cmd, err)
	}
	return 0, nil
}

// childStatus returns the status of a process that ended before it was ready.
func childStatus(err error) (int, error) {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, errors.Join(errNotReady, err)
}

// end ends the process in the background, and returns the reason.
func end(cmd *exec.Cmd, reason error) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(reason, err)
	}
	_ = cmd.Wait() // The status after SIGTERM says nothing.
	return reason
}
