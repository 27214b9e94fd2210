package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// patience is the time limit for a step. On an idle machine a step takes a moment.
const patience = time.Minute

// process is a running program. Its two outputs are read together, line by line.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	done  chan struct{} // closed when it has ended

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed when there is another line
	read  int           // number of the lines that expect has seen
}

// start starts a program, which is killed at the end of the test if it runs then.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	if name == "rspregistrar" && noRegistrar != "" {
		t.Skip("no registrar to test with: ", noRegistrar)
	}
	p := &process{t: t, name: name, done: make(chan struct{}), more: make(chan struct{})}
	p.cmd = exec.Command(filepath.Join(bin, name), args...)
	p.cmd.SysProcAttr = procAttr()
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for s := bufio.NewScanner(r); s.Scan(); {
			p.add(s.Text())
		}
	})
	go func() {
		_ = p.cmd.Wait()
		_ = w.Close()
		reading.Wait()
		close(p.done)
	}()
	t.Cleanup(p.cleanUp)
	return p
}

func (p *process) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
	close(p.more)
	p.more = make(chan struct{})
}

func (p *process) cleanUp() {
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	_ = p.cmd.Process.Kill()
	<-p.done
	if p.t.Failed() {
		p.t.Logf("%s %s (%v):\n%s", p.name, strings.Join(p.cmd.Args[1:], " "), p.cmd.ProcessState, strings.Join(p.lines, "\n"))
	}
}

// next returns the first line that was not seen yet, or a channel that is closed when there are
// more lines.
func (p *process) next() (line string, ok bool, more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.read < len(p.lines) {
		p.read++
		return p.lines[p.read-1], true, nil
	}
	return "", false, p.more
}

// expect waits for a line that matches, after the seen lines, and returns its last submatch.
func (p *process) expect(expression string) string {
	p.t.Helper()
	re := regexp.MustCompile(expression)
	deadline := time.After(patience)
	ended := false
	for {
		line, ok, more := p.next()
		if ok {
			if m := re.FindStringSubmatch(line); m != nil {
				return m[len(m)-1]
			}
			continue
		}
		if ended {
			p.t.Fatalf("%s has ended without saying %q", p.name, expression)
		}
		select {
		case <-more:
		case <-p.done:
			ended = true
		case <-deadline:
			p.t.Fatalf("%s has not said %q", p.name, expression)
		}
	}
}

// count returns the number of matching lines so far.
func (p *process) count(expression string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return matching(p.lines, expression)
}

// countSeen returns the number of matching lines among the lines that expect has seen.
func (p *process) countSeen(expression string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return matching(p.lines[:p.read], expression)
}

func matching(lines []string, expression string) (n int) {
	re := regexp.MustCompile(expression)
	for _, line := range lines {
		if re.MatchString(line) {
			n++
		}
	}
	return n
}

// say writes a line to the program.
func (p *process) say(format string, args ...any) {
	p.t.Helper()
	if _, err := fmt.Fprintf(p.stdin, format+"\n", args...); err != nil {
		p.t.Fatal(err)
	}
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// expectEnd waits for the end of the program, with a status.
func (p *process) expectEnd(status int) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%s does not end", p.name)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("%s has ended with %v, want status %d", p.name, p.cmd.ProcessState, status)
	}
}

// kill ends the program without a warning.
func (p *process) kill() {
	p.t.Helper()
	p.signal(syscall.SIGKILL)
	<-p.done
}

// freeAddr returns an address of loopback with a port that is the test's.
func freeAddr(t *testing.T) netip.AddrPort {
	t.Helper()
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), transporttest.FreePort(t))
}

// A site is a place where a registrar may be.
type site struct {
	t    *testing.T
	addr netip.AddrPort
}

func newSite(t *testing.T) site { return site{t, freeAddr(t)} }

// registrar starts the registrar.
func (s site) registrar(args ...string) *process {
	s.t.Helper()
	all := []string{"-asap=" + s.addr.String(), "-asapannounce=off", "-enrp=127.0.0.1", "-enrpannounce=off", "-loglevel=4"}
	p := start(s.t, "rspregistrar", append(all, args...)...)
	p.expect("serves ASAP at " + regexp.QuoteMeta(s.addr.String()))
	return p
}

// server starts a server, which may have to wait for the registrar.
func (s site) server(args ...string) *process {
	s.t.Helper()
	all := []string{"-registrar=" + s.addr.String(), "-asapannounce=off", "-local=127.0.0.1"}
	return start(s.t, "rspserver", append(all, args...)...)
}

// registeredServer starts a server and waits for its registration, and returns its
// identifier too.
func (s site) registeredServer(args ...string) (p *process, id string) {
	s.t.Helper()
	p = s.server(args...)
	return p, p.expect("^element (0x[0-9a-f]{8}) registered")
}

// terminal starts a terminal.
func (s site) terminal(args ...string) *process {
	s.t.Helper()
	all := []string{"-registrar=" + s.addr.String(), "-asapannounce=off"}
	return start(s.t, "rspterminal", append(all, args...)...)
}
