package multicast_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/multicast"
)

// The environment variables that make a process of this program something else
// than the tests of a user.
const (
	envNamespace = "MULTICAST_TEST_NAMESPACE" // Name of a test to be run in this namespace.
	envHost      = "MULTICAST_TEST_HOST"      // If set, the process is a host: see runHost.
)

// noRaceSleep is a variable for programs with the race detector, which sleep for
// a second before they exit otherwise.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if os.Getenv(envHost) != "" {
		if err := runHost(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// inNamespace runs a test in a process in a network namespace of its own, which
// has loopback only, and ends with the process.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv(envNamespace) == t.Name() {
		list, err := net.Interfaces()
		if err != nil || len(list) == 0 || list[0].Flags&net.FlagUp != 0 {
			t.Fatalf("not a new network namespace: %v, %v", list, err)
		}
		ip(t, "link set lo up")
		test(t)
		return
	}
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("no ip command: ", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=300s")
	cmd.Env = append(os.Environ(), envNamespace+"="+t.Name(), noRaceSleep)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		t.Skip("no network namespace: ", err)
	}
	if err != nil {
		t.Fatalf("in the namespace: %v\n%s", err, out)
	}
}

// ip runs the command of that name.
func ip(t *testing.T, args string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
}

// A host is a process that does what it is told line by line, in a namespace of
// its own or in that of the test.
type host struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string // What it writes.
	got   []string    // Datagrams, in order of arrival: source and data.
}

// startHost starts a host.
func startHost(t *testing.T, attr *syscall.SysProcAttr) *host {
	t.Helper()
	// Other users may not reach the file by its name.
	h := &host{t: t, cmd: exec.Command("/proc/self/exe"), lines: make(chan string, 1000)}
	h.cmd.Env = append(os.Environ(), envHost+"=1", noRaceSleep)
	attr.Pdeathsig = syscall.SIGKILL
	h.cmd.SysProcAttr = attr
	h.cmd.Stderr = os.Stderr
	stdout, err := h.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if h.stdin, err = h.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(h.lines)
		for s := bufio.NewScanner(stdout); s.Scan(); {
			h.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		if err := h.stdin.Close(); err != nil {
			t.Error(err)
		}
		stuck := time.AfterFunc(patience, func() { _ = h.cmd.Process.Kill() })
		for range h.lines {
		}
		if err := h.cmd.Wait(); err != nil {
			t.Errorf("host: %v", err)
		}
		if !stuck.Stop() {
			t.Errorf("a host has not ended %v after its input", patience)
		}
	})
	return h
}

// line returns the next line, false after a time without one.
func (h *host) line(wait time.Duration) (string, bool) {
	h.t.Helper()
	select {
	case line, ok := <-h.lines:
		if !ok {
			h.t.Fatal("the host has ended")
		}
		return line, true
	case <-time.After(wait):
		return "", false
	}
}

// do has the host do something.
func (h *host) do(format string, args ...any) {
	h.t.Helper()
	command := fmt.Sprintf(format, args...)
	if _, err := fmt.Fprintln(h.stdin, command); err != nil {
		h.t.Fatal(err)
	}
	for {
		switch line, ok := h.line(patience); {
		case !ok:
			h.t.Fatalf("%s: no answer in %v, only %q", command, patience, h.got)
		case strings.HasPrefix(line, "error"):
			h.t.Fatalf("%s: %s", command, line)
		case line == "ok":
			return
		default:
			h.got = append(h.got, line)
		}
	}
}

// collect returns the datagrams until one with the text "end", which is sent
// after those that are looked for, has come as often as is said.
func (h *host) collect(ends int) []string {
	h.t.Helper()
	for {
		if ends == 0 {
			got := h.got
			h.got = nil
			return got
		}
		line, ok := h.line(patience)
		if !ok {
			h.t.Fatalf("%d more ends missing after %q", ends, h.got)
		}
		if strings.HasSuffix(line, " end") {
			ends--
			continue
		}
		h.got = append(h.got, line)
	}
}

// runHost carries out commands: "ip ...", "await INTERFACE",
// "join GROUP INTERFACE...", "send GROUP TEXT". It answers each by "ok" or
// "error ...", and writes what its groups receive.
func runHost(in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	lines := make(chan string)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for line := range lines {
			fmt.Fprintln(out, line)
		}
	}()
	received := make(chan error)
	groups := 0
	s := bufio.NewScanner(in)
	for s.Scan() {
		words := strings.Fields(s.Text())
		var err error
		switch words[0] {
		case "ip":
			var text []byte
			if text, err = exec.CommandContext(ctx, "ip", words[1:]...).CombinedOutput(); err != nil {
				err = fmt.Errorf("%w: %s", err, text)
			}
		case "await":
			err = awaitCarrier(words[1])
		case "join":
			var receive func() error
			if receive, err = joinAndReceive(ctx, words[1], words[2:], lines); err == nil {
				groups++
				go func() { received <- receive() }()
			}
		case "send":
			err = sendOnce(ctx, words[1], words[2])
		}
		if err != nil {
			lines <- strings.ReplaceAll("error "+err.Error(), "\n", "; ")
			continue
		}
		lines <- "ok"
	}
	cancel()
	var errs []error
	for range groups {
		errs = append(errs, <-received)
	}
	close(lines)
	<-written
	return errors.Join(append(errs, s.Err())...)
}

// awaitCarrier waits until an interface has a carrier, in the namespace of this
// process. When the second end of a cable is set up, the kernel tells the first
// one later, by a work queue (up to a second, more on a busy machine). Until then
// that end is up but has no queue for what it is to send: the kernel drops it, and
// whoever sends gets no error. One end's carrier tells nothing about the other's.
func awaitCarrier(name string) error {
	const wait = patience / 2 // Less than the one who has a host do this waits.
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		ifi, err := net.InterfaceByName(name)
		if err == nil && ifi.Flags&net.FlagRunning != 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("%s has no carrier after %v", name, wait), err)
		}
	}
}

// joinAndReceive joins a group and returns a function that passes on what it
// receives until the context ends.
func joinAndReceive(ctx context.Context, addr string, ifaces []string, lines chan<- string) (func() error, error) {
	group, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	g, err := multicast.Join(ctx, group, ifaces)
	if err != nil {
		return nil, err
	}
	return func() error {
		for {
			data, source, err := g.Receive(ctx)
			if err != nil {
				return g.Close()
			}
			lines <- fmt.Sprintf("%v %s", source.Addr(), data)
		}
	}, nil
}

// sendOnce sends a datagram on all interfaces, from a socket opened for it.
func sendOnce(ctx context.Context, addr, text string) error {
	group, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	conn, err := multicast.Listen(ctx, "udp", netip.Addr{}, 0)
	if err != nil {
		return err
	}
	defer conn.Close()
	s, err := multicast.NewSender(conn, multicast.Config{})
	if err != nil {
		return err
	}
	return s.Send(group, []byte(text))
}
