//go:build unix

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// daemon is a registrar in the background.
type daemon struct {
	t       *testing.T
	pid     int
	out     *bufio.Reader
	written string // so far
	ended   bool
}

// inBackground returns the command line of a registrar that meets nobody.
func inBackground(args ...string) []string {
	return append([]string{
		"-daemonpidfile=pid", "-logcolor=off", "-transport=udp", "-asap=127.0.0.1:0", "-enrp=127.0.0.1:0", "-asapannounce=off", "-enrpannounce=off",
	}, args...)
}

// startDaemon starts a registrar in the background, with its files in a folder.
func startDaemon(t *testing.T, folder string, args ...string) *daemon {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = read.Close() })
	cmd := exec.CommandContext(t.Context(), "rspregistrar", inBackground(args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, write, write
	err = cmd.Run()
	_ = write.Close()
	_ = read.SetReadDeadline(time.Now().Add(20 * time.Second)) // For all of the test.
	d := &daemon{t: t, out: bufio.NewReader(read)}
	if err != nil {
		t.Fatalf("%v: %s", err, d.rest())
	}
	d.pid = clitest.PID(t, filepath.Join(folder, "pid"))
	t.Cleanup(func() {
		if !d.ended {
			_ = syscall.Kill(d.pid, syscall.SIGKILL)
		}
	})
	return d
}

// await returns what matches an expression in the first line that does. The log and the
// other text come in any order.
func (d *daemon) await(expression string) string {
	d.t.Helper()
	re := regexp.MustCompile(expression)
	for {
		if m := re.FindStringSubmatch(d.written); m != nil {
			return m[1]
		}
		line, err := d.out.ReadString('\n')
		if err != nil {
			d.t.Fatalf("%s is not written: %v", expression, err)
		}
		d.written += line
	}
}

// rest returns what is written until nobody is there to write.
func (d *daemon) rest() string {
	d.t.Helper()
	text, err := io.ReadAll(d.out)
	if err != nil {
		d.t.Fatalf("it does not end: %v", err)
	}
	d.ended = true
	return string(text)
}

// node returns a node that has the daemon for its registrar.
func (d *daemon) node() *asap.Node {
	d.t.Helper()
	at := d.await(`serves ASAP at +(\S+)`)
	node, err := asap.Open(d.t.Context(), asap.Config{
		Network:    udpsctp.NewNetwork(udpsctp.Config{}),
		Registrars: []string{at},
		Announce:   transport.GroupConfig{Off: true},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return node
}

func (d *daemon) terminate() {
	d.t.Helper()
	if err := syscall.Kill(d.pid, syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
}

// TestTwoDaemons has a second registrar start at the port of the first. Who started it is
// told, and the first one's number stays.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := startDaemon(t, folder, "-metrics=127.0.0.1:0")
	metrics := d.await(`url=http://(\S+)/metrics`)
	at := d.await(`serves ASAP at +(\S+)`)
	for _, args := range [][]string{
		{"-asap=" + at},
		{"-metrics=" + metrics},
	} {
		cmd := exec.CommandContext(t.Context(), "rspregistrar", inBackground(append(args, "-logquiet", "-quiet")...)...)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if status := cmd.ProcessState.ExitCode(); status != 1 || !strings.Contains(string(out), "address already in use") {
			t.Errorf("%q: %v, %q", args, err, out)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "pid"))
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(d.pid) {
		t.Errorf("the file has %q, error %v", text, err)
	}
	d.terminate()
	d.rest()
}

// A log that nobody reads holds nobody up.
func TestLogThatNobodyReads(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, t.TempDir(), "-loglevel=9")
	node := d.node()
	for range 2000 { // Each is at least two lines: more than a pipe has room for.
		if _, err := node.Resolve(t.Context(), "some pool", nil); !errors.Is(err, asap.ErrPoolUnknown) {
			t.Fatal(err)
		}
	}
	if err := node.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	d.terminate()
	d.rest()
}
