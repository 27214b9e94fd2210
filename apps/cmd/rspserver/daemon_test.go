//go:build unix

package main

import (
	"bufio"
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

// TestDaemon sends an element to the background, where it waits for a registrar. A second element at
// the same port fails with an error.
func TestDaemon(t *testing.T) {
	t.Parallel()
	pidFile := filepath.Join(t.TempDir(), "server.pid")
	args := []string{"-daemonpidfile=" + pidFile, "-registrar=127.0.0.1:9", "-asapannounce=off", "-transport=udp", "-logcolor=off"}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.CommandContext(t.Context(), "rspserver", append(args, "-local=127.0.0.1")...)
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Run()
	_ = write.Close()
	if err != nil {
		t.Fatal(err)
	}
	pid := clitest.PID(t, pidFile)
	ended := false
	defer func() {
		if !ended {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}()
	if err := read.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(read)
	at := ""
	for at == "" {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		_, at, _ = strings.Cut(strings.TrimSpace(line), " serving at ")
	}
	at, _, _ = strings.Cut(at, " ")
	again := exec.CommandContext(t.Context(), "rspserver", append(args, "-local="+at, "-quiet", "-logquiet")...)
	message, err := again.CombinedOutput()
	if again.ProcessState.ExitCode() != 1 || !strings.Contains(string(message), "address already in use") {
		t.Errorf("a second one at %s: %v, %q", at, err, message)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	ended = err == nil // From now on its number may be used by another process.
	if err != nil || !strings.Contains(string(rest), "signal=terminated") {
		t.Errorf("it does not end: %q, error %v", rest, err)
	}
}
