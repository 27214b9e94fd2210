//go:build unix

package cli

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/internal/cli/clitest"
)

// TestDaemon sends the sample to the background, where it ignores SIGHUP and ends by SIGTERM.
func TestDaemon(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "sample.pid")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.CommandContext(t.Context(), "sample", "--end=signal", "-daemonpidfile="+pidFile, "-logcolor=off")
	cmd.Env = append(os.Environ(), readyVariable+"=1") // Left over: process 1 is not the parent.
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Run()
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	pid := clitest.PID(t, pidFile)
	if pid == cmd.Process.Pid {
		t.Fatal("the file has the number of the process in the foreground")
	}
	if group, err := syscall.Getpgid(pid); err != nil || group != pid {
		t.Errorf("it is of the group %d, error %v", group, err)
	}
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := syscall.Kill(pid, s); err != nil {
			t.Fatal(err)
		}
	}
	// The output ends with the last process that has it open.
	if err := read.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	output, err := io.ReadAll(read)
	if err != nil {
		t.Fatalf("it does not end: %v", err)
	}
	if got := string(output); !strings.HasPrefix(got, "ready\n") || !strings.Contains(got, "signal=terminated") {
		t.Errorf("output %q", got)
	}
}

// TestDaemonThatIsStopped stops the sample while the process in the foreground waits for the process
// in the background: both end.
func TestDaemonThatIsStopped(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "sample.pid")
	cmd := exec.CommandContext(t.Context(), "sample", "--end=late", "-daemonpidfile="+pidFile, "-logquiet")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil { // It has begun.
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, stdout) // Until the end of both processes.
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != StatusFailed {
		t.Errorf("it ended with %v", err)
	}
	if got, want := stderr.String(), "sample: stopped before it was ready\n"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if _, err := os.Stat(pidFile); err == nil {
		t.Error("there is a file with a number")
	}
}

// TestDaemonThatNobodyReads lets the sample write to a pipe without a reader: it goes on, and ends by
// SIGTERM.
func TestDaemonThatNobodyReads(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "sample.pid")
	unread, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = unread.Close()
	read, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.CommandContext(t.Context(), "sample", "--end=signal", "-daemonpidfile="+pidFile, "-logcolor=off")
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = errors.Join(cmd.Run(), stdout.Close(), stderr.Close(), read.SetReadDeadline(time.Now().Add(20*time.Second)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(clitest.PID(t, pidFile), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	output, err := io.ReadAll(read)
	if err != nil || !strings.Contains(string(output), "signal=terminated") {
		t.Errorf("output %q, error %v", output, err)
	}
}
