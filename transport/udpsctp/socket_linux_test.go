package udpsctp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// icmpUnreachable sends an ICMP destination unreachable to this host, of a datagram from a
// local port to an address to which none was sent.
func icmpUnreachable(t *testing.T, code byte, port uint16) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		t.Skip("raw sockets need root: ", err)
	}
	defer unix.Close(fd)
	const datagramLen = 20 + 8
	b := []byte{3, code, 0, 0, 0, 0, 0, 0}
	b = append(b, 0x45, 0, 0, datagramLen, 0, 0, 0, 0, 64, unix.IPPROTO_UDP, 0, 0, 127, 0, 0, 1, 127, 1, 1, 1)
	b = binary.BigEndian.AppendUint16(b, port)
	b = binary.BigEndian.AppendUint16(b, 9)
	b = append(b, 0, 8, 0, 0)
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	sum += sum >> 16
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum))
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
}

// report has the system report an ICMP message to a socket, which has no reader.
func report(t *testing.T, s *socket, code byte) {
	t.Helper()
	if err := s.readErrors(func(netip.AddrPort, []byte) {}); err != nil {
		t.Fatal(err)
	}
	icmpUnreachable(t, code, s.port())
	poll := []unix.PollFd{{}}
	for end := time.Now().Add(assoctest.Timeout); poll[0].Revents&unix.POLLERR == 0; {
		if time.Now().After(end) {
			t.Fatalf("code %d: no error", code)
		}
		if err := s.raw.Control(func(fd uintptr) {
			poll[0].Fd = int32(fd)
			_, _ = unix.Poll(poll, 0)
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestErrorOfAnotherPeer has the system report, at a send, that what was sent to another
// peer before did not arrive: the datagram goes out all the same.
func TestErrorOfAnotherPeer(t *testing.T) {
	t.Parallel()
	group := netip.MustParseAddrPort("239.77.0.9:9")
	for code, want := range map[byte]unix.Errno{
		0:  unix.ENETUNREACH,
		1:  unix.EHOSTUNREACH,
		2:  unix.ENOPROTOOPT,
		3:  unix.ECONNREFUSED,
		4:  unix.EMSGSIZE,
		7:  unix.EHOSTDOWN,
		13: unix.EHOSTUNREACH,
	} {
		s, err := bind(assoctest.Limit(t), netip.MustParseAddr("127.0.0.1"), 0, multicast.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.conn.Close()
		to, err := bind(assoctest.Limit(t), netip.MustParseAddr("127.0.0.1"), 0, multicast.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer to.conn.Close()
		report(t, s, code)
		p := newPath(s, netip.MustParseAddrPort(to.conn.LocalAddr().String()), netip.Addr{})
		if err := p.write([]byte("there")); err != nil {
			t.Errorf("code %d, of which the system makes %v: %v", code, want, err)
			continue
		}
		b, oob := make([]byte, 16), make([]byte, oobLen)
		_ = to.conn.SetReadDeadline(time.Now().Add(assoctest.Timeout))
		if n, _, _, err := to.read(b, oob); err != nil || string(b[:n]) != "there" {
			t.Errorf("code %d: %q, %v", code, b[:n], err)
		}
		report(t, s, code)
		if err := s.sender.Send(group, []byte("all")); err != nil {
			t.Errorf("code %d, of which the system makes %v: %v", code, want, err)
		}
	}
}

// TestFullInterface sends more than an interface takes: what it drops is lost like what is
// dropped on the way, and is no error for which a Dial would be given up.
func TestFullInterface(t *testing.T) {
	t.Parallel()
	missing := make(chan string, 1)
	go func() {
		defer close(missing)
		runtime.LockOSThread() // For ever: the thread ends with the goroutine.
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			missing <- "no network namespace: " + err.Error()
			return
		}
		for _, c := range []string{"ip link set lo up", "tc qdisc add dev lo root tbf rate 8bit burst 2000 limit 2000"} {
			args := strings.Fields(c)
			if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
				missing <- fmt.Sprintf("%s: %v: %s", c, err, out)
				return
			}
		}
		s, err := bind(assoctest.Limit(t), netip.MustParseAddr("127.0.0.1"), 0, multicast.Config{})
		if err != nil {
			t.Error(err)
			return
		}
		defer s.conn.Close()
		p := newPath(s, netip.MustParseAddrPort(s.conn.LocalAddr().String()), netip.Addr{})
		for range 10 {
			if err := p.write(make([]byte, 1000)); err != nil {
				t.Error(err)
			}
		}
	}()
	if why, ok := <-missing; ok {
		t.Skip(why)
	}
}
