package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"golang.org/x/sys/unix"
)

// patience is the time limit for a step. On an idle machine a step takes a moment.
const patience = time.Minute

// table is the monitor at a terminal, as a process.
type table struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	at     netip.AddrPort
	done   chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
}

// startTable builds the program, without the race detector since its memory is measured, and starts
// it at a terminal.
func startTable(t *testing.T, args ...string) *table {
	t.Helper()
	program := filepath.Join(t.TempDir(), "cspmonitor")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	master, slave := openTerminal(t, 120, 40)
	defer slave.Close()
	at := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), transporttest.FreePort(t))
	s := &table{t: t, master: master, at: at, done: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"-localaddress=" + at.String(), "-updateinterval=100"}, args...)...)
	s.cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = slave, slave, slave
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.read()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.done
		_ = master.Close()
	})
	return s
}

// openTerminal opens a pseudo terminal.
func openTerminal(t *testing.T, width, height uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals: ", err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: width, Row: height}); err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// read keeps the output until the end of the program.
func (s *table) read() {
	defer close(s.done)
	b := make([]byte, 1<<16)
	for {
		n, err := s.master.Read(b)
		s.mu.Lock()
		s.output.Write(b[:n])
		s.mu.Unlock()
		if err != nil { // The program has ended.
			_ = s.cmd.Wait()
			return
		}
	}
}

// poll waits until a condition holds.
func (s *table) poll(name string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.t.Fatalf("%s: not within %v; the end of the output is %q", name, patience, s.output.Bytes()[max(0, s.output.Len()-5000):])
		}
	}
}

// expect waits for a text in the output, and forgets the output up to then.
func (s *table) expect(text string) {
	s.t.Helper()
	s.poll(text, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		found := bytes.Contains(s.output.Bytes(), []byte(text))
		if found {
			s.output.Reset()
		}
		return found
	})
}

// socket returns the octets that wait in the program's socket, and the number of datagrams that the
// kernel has dropped there. isOpen is false before the program has bound the socket.
func (s *table) socket() (waiting, dropped uint64, isOpen bool) {
	data, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		s.t.Fatal(err)
	}
	port := fmt.Sprintf(":%04X", s.at.Port())
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 13 || !strings.HasSuffix(fields[1], port) {
			continue
		}
		_, queue, _ := strings.Cut(fields[4], ":")
		if waiting, err = strconv.ParseUint(queue, 16, 64); err == nil {
			dropped, err = strconv.ParseUint(fields[12], 10, 64)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		return waiting, dropped, true
	}
	return 0, 0, false
}

// flood sends n datagrams. A batch of them fits the program's socket, which is empty before.
func (s *table) flood(n, batch int, send func(i int)) {
	s.t.Helper()
	for i := range n {
		if i%batch == 0 {
			s.poll("empty socket", func() bool {
				waiting, _, _ := s.socket()
				return waiting == 0
			})
		}
		send(i)
	}
}

// dial returns a socket with an address of loopback.
func (s *table) dial(addr netip.Addr) *net.UDPConn {
	s.t.Helper()
	local := net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0))
	conn, err := net.DialUDP("udp4", local, net.UDPAddrFromAddrPort(s.at))
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

func (s *table) send(conn *net.UDPConn, data []byte) {
	s.t.Helper()
	if _, err := conn.Write(data); err != nil {
		s.t.Fatal(err)
	}
}

// encode returns a report as a datagram.
func (s *table) encode(r csp.Report) []byte {
	s.t.Helper()
	data, err := r.AppendBinary(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

// peakMemory returns the largest resident set of the program so far, in octets.
func (s *table) peakMemory() int {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kB, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				s.t.Fatal(err)
			}
			return kB << 10
		}
	}
	s.t.Fatal("no VmHWM")
	return 0
}

// TestFlood gives a monitor at a terminal 100,000 random datagrams and the reports of 10,000 forged
// senders, the largest that there are. The memory stays below 64 MB, and a component that has
// reported twice stays in the table.
func TestFlood(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("110,000 datagrams")
	}
	s := startTable(t)
	s.poll("socket", func() bool { _, _, isOpen := s.socket(); return isOpen })
	truth := s.dial(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	defer truth.Close()
	living := csp.Report{
		SenderID: csp.NewComponentID(csp.GroupRegistrar, 1), Interval: 10 * time.Minute, Location: "!", Status: "first",
		Workload: csp.WorkloadUnknown,
	}
	s.send(truth, s.encode(living))
	s.expect("first")
	living.Status = "SECOND"
	s.send(truth, s.encode(living))
	s.expect("SECOND")

	garbage := s.dial(netip.AddrFrom4([4]byte{127, 1, 0, 1}))
	defer garbage.Close()
	source := rand.NewChaCha8([32]byte{1})
	random := make([]byte, 1400)
	s.flood(100_000, 50, func(i int) {
		_, _ = source.Read(random)
		s.send(garbage, random[:1+i%len(random)])
	})
	forged := s.encode(csp.Report{
		Interval: time.Hour, Location: strings.Repeat("\x1b", 128), Status: strings.Repeat("\xff", 128),
		Associations: make([]csp.Association, csp.MaxAssociations-1), // As many as fit a datagram.
	})
	s.flood(10_000, 2, func(i int) {
		const offset = 8 // Of the identifier.
		binary.BigEndian.PutUint64(forged[offset:], uint64(csp.NewComponentID(csp.Group(1+i%3), uint64(i+2))))
		conn := s.dial(netip.AddrFrom4([4]byte{127, 2, byte(i >> 8), byte(i)}))
		defer conn.Close()
		s.send(conn, forged)
	})
	s.poll("empty socket", func() bool { waiting, _, _ := s.socket(); return waiting == 0 })
	living.Status = "ALIVE"
	s.send(truth, s.encode(living))
	s.expect("ALIVE")

	if _, dropped, _ := s.socket(); dropped > 0 {
		t.Errorf("%d datagrams were dropped before the program read them", dropped)
	}
	memory := s.peakMemory()
	t.Logf("largest memory: %.1f MB", float64(memory)/1e6)
	if most := 64_000_000; memory > most {
		t.Errorf("%d octets of memory, want at most %d", memory, most)
	}
	if _, err := s.master.WriteString("q"); err != nil {
		t.Error(err)
	}
	s.expect("\x1b[?1049l") // The former screen.
	<-s.done
	if !s.cmd.ProcessState.Success() {
		t.Errorf("the program has ended with %v", s.cmd.ProcessState)
	}
}

// TestSignal ends the table by a signal. The terminal is as before.
func TestSignal(t *testing.T) {
	t.Parallel()
	s := startTable(t, "-logquiet")
	s.expect("No component has reported yet")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.expect("\x1b[?1049l")
	<-s.done
	if !s.cmd.ProcessState.Success() {
		t.Errorf("the program has ended with %v", s.cmd.ProcessState)
	}
}
