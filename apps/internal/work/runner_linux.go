package work

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Prepare makes the process the parent of all orphans of its packages, so that it can end them. It
// fails where programs of packages cannot be bounded.
func Prepare() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// pollInterval is the time between two looks at the disk.
const pollInterval = time.Second

// Run runs the program of the folder until it ends, and returns its exit status. A signal that
// killed the program counts as 128 and its number, as in a shell. When the context ends or a limit
// is exceeded, Run ends the program and returns the reason. In all cases no process is left.
func (f *Folder) Run(ctx context.Context, limits Limits, out io.Writer, args ...string) (status int, err error) {
	hasEnvironment := ""
	if _, err := f.root.Lstat(environment); err == nil {
		hasEnvironment = filepath.Join(f.Path, environment)
	}
	args = append([]string{filepath.Join(f.Path, program), filepath.Join(f.Path, output), hasEnvironment}, args...)
	if f.user != nil {
		args = f.user.command(args)
	}
	status, err = f.runCommand(ctx, limits, out, args)
	if errors.Is(err, syscall.ENOEXEC) { // The program has no line with an interpreter.
		return f.runCommand(ctx, limits, out, append([]string{"/bin/sh"}, args...))
	}
	return status, err
}

func (f *Folder) runCommand(ctx context.Context, limits Limits, out io.Writer, args []string) (status int, err error) {
	c := &child{limits: limits, user: f.user, usage: f.usage, folder: f.Path, cmd: exec.Command(args[0], args[1:]...)}
	c.cmd.Dir, c.cmd.Stdout, c.cmd.Stderr = f.Path, out, out
	c.cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + f.Path, "TMPDIR=" + f.Path}
	return c.run(ctx)
}

// child is a program with limits.
type child struct {
	cmd    *exec.Cmd
	limits Limits
	user   *User
	folder string                // of the program; orphans are known by it
	usage  func() (int64, error) // of the disk; nil: not bounded
}

// run runs the program. Its thread stays the same, because it traces the program at the start, and
// the kernel kills the program at the end of the thread: at the latest, when the server is killed.
func (c *child) run(ctx context.Context) (status int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Ptrace: true, Pdeathsig: syscall.SIGKILL}
	c.cmd.WaitDelay = time.Second
	if err := family.start(c.cmd, c.folder); err != nil {
		return 0, err
	}
	pid := c.cmd.Process.Pid
	defer family.remove(pid)
	if err := c.bound(pid); err != nil {
		_ = unix.Kill(pid, unix.SIGKILL)
		_ = c.cmd.Wait()
		return 0, fmt.Errorf("limits: %w", err)
	}
	ended := make(chan struct{})
	go func() { // The program stays a zombie, so that its number is not given to another process.
		defer close(ended)
		for errors.Is(unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
		}
	}()
	err = c.await(ctx, pid, ended)
	family.end(pid, c.folder)
	<-ended
	waitErr := c.cmd.Wait()
	family.sweep(c.folder)
	if err != nil {
		return 0, err
	}
	if _, ok := errors.AsType[*exec.ExitError](waitErr); waitErr != nil && !ok && !errors.Is(waitErr, exec.ErrWaitDelay) {
		return 0, waitErr
	}
	if ws := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return c.cmd.ProcessState.ExitCode(), nil
}

// bound sets the limits of the program, which is stopped before its first instruction, and lets it
// go on.
func (c *child) bound(pid int) error {
	var ws unix.WaitStatus
	for {
		if _, err := unix.Wait4(pid, &ws, 0, nil); err == nil {
			break
		} else if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
	if !ws.Stopped() {
		return errors.New("program has ended at its start")
	}
	limits := map[int]uint64{
		unix.RLIMIT_CORE:   0,
		unix.RLIMIT_CPU:    uint64(math.Ceil(c.limits.Time.Seconds())),
		unix.RLIMIT_FSIZE:  uint64(c.limits.Disk),
		unix.RLIMIT_AS:     c.limits.Memory,
		unix.RLIMIT_NOFILE: c.limits.Files,
	}
	if c.user != nil {
		limits[unix.RLIMIT_NPROC] = c.limits.Processes
	}
	for resource, value := range limits {
		var old unix.Rlimit
		if err := unix.Prlimit(pid, resource, nil, &old); err != nil {
			return err
		}
		value = min(value, old.Max) // A server with less has no more to give.
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: value, Max: value}, nil); err != nil {
			return err
		}
	}
	return unix.PtraceDetach(pid)
}

// await waits for the end of the program, and asks it to end when it has to.
func (c *child) await(ctx context.Context, pid int, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limits.Time, ErrTime)
	defer cancel()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		var err error
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-poll.C:
			err = c.checkDisk()
		}
		if err == nil {
			continue
		}
		_ = unix.Kill(-pid, unix.SIGTERM)
		select {
		case <-ended:
		case <-time.After(c.limits.Grace):
		}
		return err
	}
}

func (c *child) checkDisk() error {
	if c.usage == nil {
		return nil
	}
	if n, err := c.usage(); err != nil || n > c.limits.Disk {
		return ErrDisk
	}
	return nil
}
