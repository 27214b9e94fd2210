package interop

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A side is who plays a role.
type side string

const (
	ours      side = "ours"
	reference side = "reference"
)

// command returns the command line of a side's program.
func (s side) command(name string, args ...string) []string {
	if s == ours {
		return append([]string{filepath.Join(os.Getenv("INTEROP_BIN"), name)}, args...)
	}
	// Its standard output is buffered otherwise.
	return append([]string{"stdbuf", "-oL", name}, args...)
}

// mixes runs a scenario with both sides in every role. A role that says who has it, as in
// "servers=both", is the same in all, and comes last.
func mixes(t *testing.T, roles []string, run func(s *stage, who []side)) {
	t.Helper()
	all := &stage{t: t, dir: os.Getenv("INTEROP_OUT")}
	t.Cleanup(func() {
		for _, p := range all.procs {
			p.signal(syscall.SIGINT)
			p.wait(4 * time.Second)
		}
	})
	free := slices.DeleteFunc(slices.Clone(roles), func(role string) bool { return strings.Contains(role, "=") })
	for mix := range 1 << len(free) {
		who, name := make([]side, len(free)), make([]string, len(free))
		for i, role := range free {
			who[i] = ours
			if mix>>i&1 == 1 {
				who[i] = reference
			}
			name[i] = role + "=" + string(who[i])
		}
		t.Run(strings.Join(append(name, roles[len(free):]...), ","), func(t *testing.T) { run(newStage(t, all), who) })
	}
}

// handedOn has four neighbours that are each a mix of two sides: one that goes, and the next.
var handedOn = []side{ours, ours, reference, reference, ours}

// A stage is the network with the programs of one mix.
type stage struct {
	t     *testing.T
	all   *stage // What serves all mixes of a scenario.
	began float64
	dir   string
	procs []*process
	last  []func() // What puts the hosts right again when all programs have ended.

	sniffer *process
}

// newStage starts the capture. At the end of the test all is ended, and the links are
// up again.
func newStage(t *testing.T, all *stage) *stage {
	t.Helper()
	if os.Getenv("INTEROP_BIN") == "" {
		t.Skip("needs kernel SCTP and the reference's programs: make interop")
	}
	name := strings.NewReplacer("/", "_", ",", "_", "=", "-").Replace(t.Name())
	s := &stage{t: t, all: all, began: float64(time.Now().UnixMicro()) / 1e6, dir: filepath.Join(os.Getenv("INTEROP_OUT"), name)}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	capture := s.run("", "dumpcap", "dumpcap", "-q", "-i", "br0", "-f", "sctp or udp", "-i", "br1", "-f", "sctp or udp", "-w", filepath.Join(s.dir, "capture.pcapng"))
	t.Cleanup(s.end)
	capture.await(`File: `)
	return s
}

// end ends the programs, the last one first, and shows what they wrote if the
// test has failed.
func (s *stage) end() {
	for _, p := range slices.Backward(s.procs[1:]) {
		p.signal(syscall.SIGCONT)
		p.signal(syscall.SIGINT)
	}
	for _, p := range slices.Backward(s.procs[1:]) {
		if !p.wait(4 * time.Second) {
			p.signal(syscall.SIGKILL)
			p.wait(4 * time.Second)
		}
	}
	s.endCapture()
	for i := 1; i <= 7; i++ {
		for _, link := range []string{"eth0", "eth1"} {
			s.link(i, link, "up")
		}
	}
	for _, f := range s.last {
		f()
	}
	s.awaitQuiet()
	if s.t.Failed() {
		for _, p := range s.procs[1:] {
			s.t.Logf("--- %s: %s\n%s", p.name, strings.Join(p.args, " "), tail(p.output(), 60))
		}
	}
}

// awaitQuiet waits until no host has an association: one of a program that has ended without
// an answer of its peer keeps the program's port.
func (s *stage) awaitQuiet() {
	s.t.Helper()
	association := regexp.MustCompile(`(?m)^ *[0-9a-f]+ .*$`)
	var left []string
	if !poll(quarter, patience, func() bool {
		out, err := exec.Command("ip", "-all", "netns", "exec", "tail", "-qn", "+2", "/proc/net/sctp/assocs").CombinedOutput()
		left = association.FindAllString(string(out), -1)
		return err == nil && len(left) == 0
	}) {
		s.t.Errorf("associations are left:\n%s", strings.Join(left, "\n"))
	}
}

// endCapture ends the capture when all is in its file: the kernel holds packets back for a while,
// those of the programs' end too, and does not give them to a dumpcap that ends.
func (s *stage) endCapture() {
	s.t.Helper()
	mark := []byte("all programs have ended")
	seen := poll(quarter, patience, func() bool {
		if conn, err := net.DialUDP("udp4", &net.UDPAddr{Port: 9}, &net.UDPAddr{IP: net.IPv4(10, 99, 0, 255), Port: 9}); err == nil {
			_, _ = conn.Write(mark) // What fails is not seen. A busy dumpcap loses some packets.
			_ = conn.Close()
		}
		file, err := os.ReadFile(filepath.Join(s.dir, "capture.pcapng"))
		return err == nil && bytes.Contains(file, mark)
	})
	s.procs[0].signal(syscall.SIGINT)
	if !s.procs[0].wait(patience) || !seen {
		s.t.Error("the capture is not complete")
	}
}

// tail returns the last lines of a text.
func tail(text string, lines int) string {
	l := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(l[max(0, len(l)-lines):], "\n")
}

// link sets a host's interface up or down.
func (s *stage) link(host int, name, state string) {
	s.t.Helper()
	if out, err := exec.Command("ip", "-n", fmt.Sprintf("h%d", host), "link", "set", name, state).CombinedOutput(); err != nil {
		s.t.Errorf("link %s of h%d %s: %v: %s", name, host, state, err, out)
	}
}

// A process is a program on a host.
type process struct {
	t     *testing.T
	name  string
	args  []string
	cmd   *exec.Cmd
	file  string
	input *os.File
	done  chan struct{}
}

// start starts a side's program on a host.
func (s *stage) start(who side, host int, name, program string, args ...string) *process {
	s.t.Helper()
	return s.run(fmt.Sprintf("h%d", host), name, who.command(program, args...)...)
}

// run starts a command on a host, or in the root namespace.
func (s *stage) run(host, name string, args ...string) *process {
	s.t.Helper()
	p := &process{t: s.t, name: name, args: args, file: filepath.Join(s.dir, name+".out"), done: make(chan struct{})}
	out, err := os.Create(p.file)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	if host != "" {
		args = append([]string{"ip", "netns", "exec", host}, args...)
	}
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), "HOME="+os.TempDir(), "LC_ALL=C")
	read, write, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	p.cmd.Stdin, p.input = read, write
	if err := p.cmd.Start(); err != nil {
		s.t.Fatalf("start %s: %v", name, err)
	}
	_ = read.Close()
	s.procs = append(s.procs, p)
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait() // What it did is in its output.
		_ = p.input.Close()
	}()
	return p
}

// output returns what the program has written so far.
func (p *process) output() string {
	b, err := os.ReadFile(p.file)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(bytes.ReplaceAll(b, []byte{0}, nil))
}

// patience bounds each wait.
const patience = 40 * time.Second

// quarter is how often most conditions are looked at.
const quarter = 250 * time.Millisecond

// poll waits until a condition holds, and looks at it every so often.
func poll(every, limit time.Duration, holds func() bool) bool {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); ; <-ticker.C {
		if holds() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// await waits for a pattern in the program's output, and returns its groups.
func (p *process) await(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	var match []string
	if !poll(quarter, patience, func() bool { match = re.FindStringSubmatch(p.output()); return match != nil }) {
		p.t.Fatalf("%s did not write %q", p.name, pattern)
	}
	return match
}

// say writes a line to the program.
func (p *process) say(line string) {
	p.t.Helper()
	if _, err := fmt.Fprintln(p.input, line); err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

func (p *process) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }

// wait waits for the program's end.
func (p *process) wait(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		select {
		case <-p.done:
			return true
		default:
			return false
		}
	}
}

// stop ends a program by SIGINT, and fails if it does not end.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGINT)
	if !p.wait(patience) {
		p.t.Fatalf("%s does not end", p.name)
	}
}
