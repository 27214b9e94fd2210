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

// DaemonFlags have a program go on in the background, as the deployed programs can. A
// program embeds them as they are, and calls Ready.
//
// A Go program cannot fork. So it starts itself again, in a session of its own, with
// nothing to read and deaf to SIGHUP, and waits until that process says by a pipe that
// it is ready. Standard output and standard error stay what they are.
type DaemonFlags struct {
	PIDFile string `name:"daemonpidfile" placeholder:"FILE" help:"Go to the background once all is bound, write the number of the process that goes on there to a file, and ignore SIGHUP."`

	child *background
}

func (f *DaemonFlags) daemon() *DaemonFlags { return f }

// daemonProgram is a program that can go to the background.
type daemonProgram interface{ daemon() *DaemonFlags }

// Background reports whether this is the process that goes on in the background.
func (f *DaemonFlags) Background() bool { return f.child != nil }

// Ready tells the process in the foreground that it can end: what can go wrong at the
// start has not. It does nothing in the foreground, or when called again.
func (f *DaemonFlags) Ready() {
	if f.child != nil {
		f.child.ready()
	}
}

// background is the process that goes on.
type background struct {
	parent io.WriteCloser
	once   sync.Once
}

func (b *background) ready() {
	b.once.Do(func() {
		_, _ = b.parent.Write([]byte{0}) // If nobody waits any more, nobody needs to know.
		_ = b.parent.Close()
	})
}

// readyVariable is in the environment of the process in the background, with the number
// of the one in the foreground: one that is left over from elsewhere says nothing.
const readyVariable = "RSERPOOL_DAEMON"

// enter notes that this is the process in the background, if it is. Else it reports
// whether there is to be one.
func (f *DaemonFlags) enter() (wanted bool) {
	if f.PIDFile == "" {
		return false
	}
	if os.Getenv(readyVariable) != strconv.Itoa(os.Getppid()) {
		return true
	}
	_ = os.Unsetenv(readyVariable) // It is not for what this process may start.
	f.child = &background{parent: inheritedPipe()}
	signal.Ignore(syscall.SIGHUP)
	// Who reads the output may end before this process, which must not end by that: with
	// somebody to be notified, writing fails and is no more than that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return false
}

// errNotReady says that the process in the background has ended and has not said why.
var errNotReady = errors.New("the process in the background has ended before it was ready")

// launch starts the process in the background and returns the exit status of this one:
// that of the other if it fails at the start, which has said why.
func (f *DaemonFlags) launch() (status int, err error) {
	attributes, err := detached()
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
	_ = write.Close() // It is the other process's now.
	if err != nil {
		return 0, err
	}
	ready := make(chan bool, 1)
	go func() {
		n, _ := read.Read(make([]byte, 1)) // Its end is the end of the process.
		ready <- n == 1
	}()
	select {
	case <-signals:
		return 0, end(cmd, errors.New("stopped before it was ready"))
	case ok := <-ready:
		if !ok {
			return failed(cmd.Wait())
		}
	}
	if err := os.WriteFile(f.PIDFile, fmt.Appendln(nil, cmd.Process.Pid), 0o644); err != nil {
		return 0, end(cmd, err)
	}
	return 0, nil
}

// failed returns the status of a process that was not ready.
func failed(err error) (int, error) {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Exited() {
		return exit.ExitCode(), nil
	}
	return 0, errors.Join(errNotReady, err)
}

// end ends the process in the background for a reason, which it returns.
func end(cmd *exec.Cmd, reason error) error {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(reason, err)
	}
	_ = cmd.Wait() // It has been told to end.
	return reason
}
