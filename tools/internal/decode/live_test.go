package decode_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/tools/capture"
	"github.com/rserpool-go/rserpool/tools/internal/capturetest"
	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// passed is a message that has passed an endpoint.
type passed struct {
	src, dst netip.AddrPort
	ppid     uint32
	stream   uint16
	octets   []byte
}

// A live exchange is between two hosts whose messages are captured on each side.
type live struct {
	t      *testing.T
	files  [2]string
	passed []passed
}

// newLive passes all samples, and a message that is fragmented, over an association over IPv4 and an
// association over IPv6, which run at the same time.
func newLive(t *testing.T) *live {
	t.Helper()
	l := &live{t: t}
	var networks [2]transport.Network
	for i := range networks {
		l.files[i] = filepath.Join(t.TempDir(), "capture.pcapng")
		networks[i] = capture.New(udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}}), l.files[i], nil)
	}
	var ends [2][2]transport.Association // by association and side
	var closers []func() error
	var sender transport.Endpoint
	for i, addr := range []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()} {
		var sides [2]transport.Endpoint
		for j := range sides {
			sides[j] = l.listen(networks[j], addr)
			closers = append(closers, sides[j].Close)
		}
		ends[i] = l.dial(sides[0], sides[1])
		if addr.Is4() {
			sender = sides[0]
		}
	}
	samples := append(capturetest.Samples(), capturetest.Sample{PPID: wire.PPIDASAP, Message: largeMessage()})
	for i := range samples {
		s := &samples[i]
		if s.UDPPort != 0 {
			l.announce(sender, s)
			continue
		}
		a := ends[i%2]
		l.pass(a[i/2%2], a[1-i/2%2], transport.Message{PPID: s.PPID, Stream: uint16(i % 3), Data: s.Octets()})
	}
	l.check(ends[0][0].Shutdown(t.Context()))
	for _, c := range closers {
		l.check(c())
	}
	return l
}

// largeMessage returns a message of several DATA chunks.
func largeMessage() *asapmsg.HandleResolutionResponse {
	m := &asapmsg.HandleResolutionResponse{PoolHandle: capturetest.Pool}
	for range 100 {
		m.PoolElements = append(m.PoolElements, capturetest.Element(wire.Policy{Type: wire.RoundRobin}))
	}
	return m
}

func (l *live) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *live) listen(n transport.Network, addr netip.Addr) transport.Endpoint {
	l.t.Helper()
	e, err := n.Listen(l.t.Context(), transport.ListenConfig{Addrs: []netip.Addr{addr}})
	l.check(err)
	return e
}

// dial returns both ends of an association.
func (l *live) dial(from, to transport.Endpoint) [2]transport.Association {
	l.t.Helper()
	a, err := from.Dial(l.t.Context(), to.LocalAddrs())
	l.check(err)
	b, err := to.Accept(l.t.Context())
	l.check(err)
	return [2]transport.Association{a, b}
}

// pass sends a message, and waits for it at the other side.
func (l *live) pass(from, to transport.Association, m transport.Message) {
	l.t.Helper()
	l.check(from.Send(l.t.Context(), m))
	_, err := to.Receive(l.t.Context())
	l.check(err)
	l.passed = append(l.passed, passed{from.LocalAddrs()[0], to.LocalAddrs()[0], m.PPID, m.Stream, m.Data})
}

// announce sends a datagram by multicast.
func (l *live) announce(from transport.Endpoint, s *capturetest.Sample) {
	l.t.Helper()
	group := netip.AddrPortFrom(netip.MustParseAddr("239.255.82.1"), s.UDPPort)
	l.check(from.SendMulticast(group, s.Octets()))
	l.passed = append(l.passed, passed{src: from.LocalAddrs()[0], dst: group, octets: s.Octets()})
}

// TestLiveExchange holds that the capture of either side decodes to the messages of the exchange. The
// first side alone sends datagrams.
func TestLiveExchange(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	for side, file := range l.files {
		content, err := os.ReadFile(file)
		l.check(err)
		records, stats := decodeAll(t, content)
		if stats.BadChecksums+stats.Damaged+stats.LostFragments+stats.Overflows+stats.Duplicates > 0 {
			t.Errorf("side %d: %+v", side, stats)
		}
		fragments, next := 0, 0
		for _, want := range l.passed {
			carrier := decode.OverSCTP
			if want.ppid == 0 && want.dst.Addr().IsMulticast() {
				carrier = decode.OverUDP
			}
			if side == 1 && carrier == decode.OverUDP {
				continue
			}
			if next == len(records) {
				t.Fatalf("side %d: %d messages, want %d", side, len(records), len(l.passed))
			}
			r := &records[next]
			next++
			fragments = max(fragments, r.Fragments)
			if r.Src != want.src || r.Dst != want.dst || r.PPID != want.ppid || r.Stream != want.stream || r.Carrier != carrier || !bytes.Equal(r.Octets, want.octets) {
				t.Errorf("side %d, frame %d: %v > %v, %s of %d octets over %v, want %v > %v, %d octets",
					side, r.Frame, r.Src, r.Dst, r.Name, len(r.Octets), r.Carrier, want.src, want.dst, len(want.octets))
			}
		}
		if next != len(records) || fragments < 3 {
			t.Errorf("side %d: %d messages, want %d; at most %d fragments", side, len(records), next, fragments)
		}
	}
}

// TestTsharkLiveExchange holds that tshark reads the same values, and finds neither a wrong checksum nor a
// malformed packet.
func TestTsharkLiveExchange(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	for _, file := range l.files {
		content, err := os.ReadFile(file)
		l.check(err)
		compare(t, file, content)
		good := map[string]int{}
		for _, line := range tsharkLines(t, file, "-T", "fields", "-e", "sctp.checksum.status", "-e", "ip.checksum.status", "-e", "udp.checksum.status") {
			good[line]++ // 1 is right, and the rest is absent
		}
		if good["1\t\t"] == 0 || good["1\t1\t"] == 0 || len(good)-min(good["\t1\t1"], 1) != 2 {
			t.Errorf("checksums of SCTP, IPv4 and UDP: %v", good)
		}
		if lines := tsharkLines(t, file, "-Y", "_ws.malformed || _ws.expert.severity >= 6291456"); len(lines) > 0 {
			t.Errorf("tshark warns of\n%s", strings.Join(lines, "\n"))
		}
		associations := map[string]bool{}
		for _, line := range tsharkLines(t, file, "-Y", "sctp", "-T", "fields", "-e", "sctp.assoc_index") {
			associations[line] = true
		}
		if len(associations) != 2 {
			t.Errorf("associations %v, want two", associations)
		}
	}
}

// tsharkLines runs tshark with checks of checksums, and returns the lines of its output.
func tsharkLines(t *testing.T, file string, args ...string) []string {
	t.Helper()
	args = append([]string{"-n", "-o", "sctp.checksum:CRC 32c", "-o", "sctp.association_index:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-r", file}, args...)
	out, err := exec.Command("tshark", args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("tshark: %v\n%s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
