//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
)

// TestRecords has a registrar in the background record what an element does.
func TestRecords(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := startDaemon(t, folder, "-scalar=scalars", "-object=obj1", "-actionlogfile=actions")
	node := d.node()
	l, err := node.Listen(t.Context(), "some pool", &asap.ListenConfig{ID: 0x11})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := node.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	d.terminate()
	d.rest()
	for name, wants := range map[string][]string{
		"scalars": {
			"^run 1 \"scenario\"\n",
			`\nscalar "obj1" "Registrar Total Registrations" +1\n`,
			`\nscalar "obj1" "Registrar Total Deregistrations" +1\n`,
			`\nscalar "obj1" "Registrar Average Number Of Peers" +0\.000000\n$`,
		},
		"actions": {
			"^" + actionLogHeader,
			`\n000001   [0-9.]+ [0-9.]+   "Recv" "ASAP" "Registration" "Requested"   0x0 0 0\.000000   "some pool" 0x11   0x[0-9a-f]+ 0x0 0x0   0\n`,
			`"Send" "ASAP" "RegistrationResponse" "Requested" .* "some pool" 0x11 `,
			`"Recv" "ASAP" "Deregistration" "Requested" .* "some pool" 0x11 `,
			`"Send" "ASAP" "DeregistrationResponse" "Requested" .*\n$`,
		},
	} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		}
		for _, want := range wants {
			if !regexp.MustCompile(want).Match(text) {
				t.Errorf("%s has no %q:\n%s", name, want, text)
			}
		}
	}
}

// TestScalarsAtTheEnd has the file fail at the end, which is told with its status.
func TestScalarsAtTheEnd(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "rspregistrar", inBackground("-daemonpidfile=", "-scalar=sub/scalars", "-logquiet")...)
	cmd.Dir = folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 1)); err != nil { // It is up.
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(folder, "sub")); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || !strings.HasPrefix(stderr.String(), "rspregistrar: scalars not written: ") {
		t.Errorf("%v, error %q", err, stderr.String())
	}
}

// The end does not wait for somebody to read a pipe.
func TestScalarsInAPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no pipes:", err)
	}
	s, err := (&scalarFlags{File: pipe}).open()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write(&history{over: 1}); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("nobody reads: %v", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := s.write(&history{over: 1}); err != nil {
		t.Errorf("somebody reads: %v", err)
	}
	text, err := io.ReadAll(reader)
	if err != nil || !strings.HasPrefix(string(text), "run 1 ") {
		t.Errorf("read %q, error %v", text, err)
	}
}

// A line for a pipe that is full is given up.
func TestStatisticsInAFullPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("there are no pipes:", err)
	}
	flags := statisticsFlags{File: pipe}
	s, err := flags.open(new(history))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close() //nolint:errcheck // The test is over.
	written := 0
	for err == nil {
		err = s.write(time.Now(), new(registrar.Stats))
		written++
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) || written < 10 {
		t.Errorf("error %v at line %d", err, written)
	}
}
