package multicast_test

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/multicast"
	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// patience is the time that a test waits for what is to happen at once, also on a
// busy machine.
const patience = 30 * time.Second

// lo keeps the tests' datagrams on the machine.
var lo = multicast.Interfaces{loopback().Name}

// loopback returns the host's loopback interface.
func loopback() net.Interface {
	list, _ := net.Interfaces()
	for _, ifi := range list {
		if ifi.Flags&net.FlagLoopback != 0 {
			return ifi
		}
	}
	return net.Interface{Name: "no loopback"}
}

// freeGroup returns a group on a port that nothing uses.
func freeGroup(t *testing.T) netip.AddrPort {
	t.Helper()
	return netip.AddrPortFrom(netip.MustParseAddr("239.255.77.50"), transporttest.FreePort(t))
}

func portOf(conn *net.UDPConn) uint16 {
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

func join(t *testing.T, group netip.AddrPort, ifaces multicast.Interfaces) transport.Group {
	t.Helper()
	g, err := multicast.Join(t.Context(), group, ifaces)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func listen(t *testing.T, network, addr string, port uint16) *net.UDPConn {
	t.Helper()
	var a netip.Addr
	if addr != "" {
		a = netip.MustParseAddr(addr)
	}
	conn, err := multicast.Listen(t.Context(), network, a, port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func newSender(t *testing.T, conn *net.UDPConn, ifaces multicast.Interfaces) *multicast.Sender {
	t.Helper()
	s, err := multicast.NewSender(conn, multicast.Config{Interfaces: ifaces})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// receive returns the next datagram, and fails if none comes.
func receive(t *testing.T, g transport.Group) (string, netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	data, source, err := g.Receive(ctx)
	if err != nil {
		t.Fatalf("no datagram in %v: %v", patience, err)
	}
	return string(data), source
}

// wantDatagram fails unless the next datagram is the one that is expected.
func wantDatagram(t *testing.T, g transport.Group, data string, source netip.AddrPort) {
	t.Helper()
	got, from := receive(t, g)
	if got != data || from != source {
		t.Fatalf("received %q from %v, want %q from %v", got, from, data, source)
	}
}

func TestLoopback(t *testing.T) {
	for _, tt := range []struct{ name, network, addr string }{
		{"IPv4", "udp4", ""},
		{"dual stack", "udp", ""},
		{"bound", "udp4", "127.0.0.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			group := freeGroup(t)
			// Several receivers on one host, as in several processes.
			before := []transport.Group{join(t, group, lo), join(t, group, lo)}
			// The endpoint has the group's port number.
			conn := listen(t, tt.network, tt.addr, group.Port())
			groups := append(before, join(t, group, lo))
			sender := newSender(t, conn, lo)
			source := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), group.Port())
			for _, data := range []string{"one", "two"} {
				if err := sender.Send(group, []byte(data)); err != nil {
					t.Fatal(err)
				}
			}
			for _, g := range groups {
				wantDatagram(t, g, "one", source)
				wantDatagram(t, g, "two", source)
			}
		})
	}
}

func TestTTL(t *testing.T) {
	group := freeGroup(t)
	g := join(t, group, lo) // Binds the port, so that the other socket has to share it as well.
	ifi := loopback()
	conn, err := net.ListenMulticastUDP("udp4", &ifi, net.UDPAddrFromAddrPort(group))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := ipv4.NewPacketConn(conn)
	if err := p.SetControlMessage(ipv4.FlagTTL, true); err != nil {
		t.Skip("the system does not tell the TTL: ", err)
	}
	for network, limit := range map[string]int{"udp": 0, "udp4": 7} {
		sender, err := multicast.NewSender(listen(t, network, "", 0), multicast.Config{Interfaces: lo, HopLimit: limit})
		if err == nil {
			err = sender.Send(group, []byte(network))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, cm, _, err := p.ReadFrom(make([]byte, 10)); err != nil || cm == nil || cm.TTL != cmp.Or(limit, multicast.HopLimit) {
			t.Errorf("%s: %v, %v, want TTL %d", network, cm, err, cmp.Or(limit, multicast.HopLimit))
		}
	}
	if err := g.Close(); err != nil {
		t.Error(err)
	}
}

// A second endpoint gets no port that another has on any of its addresses;
// groups' sockets do not count.
func TestListenConflicts(t *testing.T) {
	for _, tt := range []struct {
		name             string
		network1, addr1  string
		network2, addr2  string
		exclusive, works bool
	}{
		{name: "wildcards", network1: "udp", network2: "udp"},
		{name: "wildcard and IPv4 wildcard", network1: "udp", network2: "udp4"},
		{name: "IPv4 wildcards", network1: "udp4", network2: "udp4"},
		{name: "address, then wildcard", network1: "udp4", addr1: "127.0.0.1", network2: "udp"},
		{name: "wildcard, then address", network1: "udp", network2: "udp4", addr2: "127.0.0.1"},
		{name: "address twice", network1: "udp4", addr1: "127.0.0.1", network2: "udp4", addr2: "127.0.0.1"},
		{name: "not ours", exclusive: true, network1: "udp4", network2: "udp"},
		{name: "two families", network1: "udp4", network2: "udp6", works: true},
		{name: "two addresses", network1: "udp4", addr1: "127.0.0.1", network2: "udp4", addr2: "127.0.0.2", works: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			group := freeGroup(t)
			join(t, group, lo)
			var first *net.UDPConn
			if tt.exclusive {
				group = freeGroup(t)
				var err error
				if first, err = net.ListenUDP(tt.network1, &net.UDPAddr{Port: int(group.Port())}); err != nil {
					t.Fatal(err)
				}
				defer first.Close()
			} else {
				first = listen(t, tt.network1, tt.addr1, group.Port())
			}
			addr, _ := netip.ParseAddr(tt.addr2)
			second, err := multicast.Listen(t.Context(), tt.network2, addr, group.Port())
			if err == nil {
				second.Close()
			}
			if tt.works && err != nil || !tt.works && !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("second socket: %v, want it to work: %v", err, tt.works)
			}
			if !tt.exclusive { // The failure has taken nothing away from the first.
				join(t, groupOn(portOf(first)), lo)
			}
		})
	}
}

func groupOn(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("239.255.77.51"), port)
}

// Of endpoints that want one port at the same time, one gets it.
func TestListenAtOnce(t *testing.T) {
	for range 20 {
		port := freeGroup(t).Port()
		var wg sync.WaitGroup
		var won atomic.Int32
		for range 8 {
			wg.Go(func() {
				conn, err := multicast.Listen(t.Context(), "udp", netip.Addr{}, port)
				if err == nil {
					won.Add(1)
					t.Cleanup(func() { conn.Close() })
				}
			})
		}
		wg.Wait()
		if won.Load() > 1 {
			t.Fatalf("%d endpoints have one port", won.Load())
		}
	}
}

func TestListenChoosesPorts(t *testing.T) {
	seen := make(map[uint16]bool)
	for range 50 {
		port := portOf(listen(t, "udp", "", 0))
		if seen[port] {
			t.Fatalf("port %d twice", port)
		}
		seen[port] = true
	}
}

func TestUnicastGoesToTheEndpoint(t *testing.T) {
	group := freeGroup(t)
	g := join(t, group, lo)
	endpoint := listen(t, "udp", "", group.Port())
	late := join(t, group, lo)
	client := listen(t, "udp4", "", 0)
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), group.Port())
	if _, err := client.WriteToUDPAddrPort([]byte("unicast"), to); err != nil {
		t.Fatal(err)
	}
	if err := newSender(t, client, lo).Send(group, []byte("multicast")); err != nil {
		t.Fatal(err)
	}
	source := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), portOf(client))
	wantDatagram(t, g, "multicast", source)
	wantDatagram(t, late, "multicast", source)
	if _, err := client.WriteToUDPAddrPort([]byte("last"), to); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	for _, want := range []string{"unicast", "last"} {
		if err := endpoint.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if n, _, err := endpoint.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) != want {
			t.Errorf("the endpoint received %q, %v, want %q", buf[:n], err, want)
		}
	}
}

func TestGroupLimits(t *testing.T) {
	group := freeGroup(t)
	g := join(t, group, lo)
	sender := newSender(t, listen(t, "udp4", "127.0.0.1", 0), lo)
	big := strings.Repeat("x", 65507)
	if err := sender.Send(group, []byte(big)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if data, _, err := g.Receive(ctx); err != nil || string(data) != big {
		t.Errorf("the largest datagram: %d bytes, %v", len(data), err)
	}
	if err := sender.Send(group, make([]byte, 65508)); err == nil {
		t.Error("sent a datagram that is too long")
	}
	if err := sender.Send(netip.MustParseAddrPort("127.0.0.1:1"), nil); err == nil {
		t.Error("sent to an address that is not a group")
	}
	for _, bad := range []string{"127.0.0.1:1", "239.0.0.50:0"} {
		if _, err := multicast.Join(t.Context(), netip.MustParseAddrPort(bad), lo); err == nil {
			t.Errorf("joined %s", bad)
		}
	}
	if _, err := multicast.Join(t.Context(), group, multicast.Interfaces{"none"}); err == nil {
		t.Error("joined on no interface")
	}
	cancel()
	if _, err := multicast.Join(ctx, group, lo); !errors.Is(err, context.Canceled) {
		t.Errorf("Join, cancelled: %v", err)
	}
	if _, _, err := g.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Receive, cancelled: %v", err)
	}
}

func TestCloseWakesReceive(t *testing.T) {
	before := runtime.NumGoroutine()
	g, err := multicast.Join(t.Context(), freeGroup(t), lo)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { _, _, err := g.Receive(t.Context()); result <- err }()
	for range 2 {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-result:
		if !errors.Is(err, transport.ErrClosed) {
			t.Errorf("Receive: %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Receive does not return")
	}
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestConcurrentSend(t *testing.T) {
	group := freeGroup(t)
	g := join(t, group, lo)
	conn := listen(t, "udp", "", 0)
	sender := newSender(t, conn, lo)
	var wg sync.WaitGroup
	const senders = 50
	for range senders {
		wg.Go(func() {
			if err := sender.Send(group, []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for range senders {
		wantDatagram(t, g, "x", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), portOf(conn)))
	}
}

func BenchmarkSend(b *testing.B) {
	conn, err := multicast.Listen(b.Context(), "udp", netip.Addr{}, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	sender, err := multicast.NewSender(conn, multicast.Config{Interfaces: lo})
	if err != nil {
		b.Fatal(err)
	}
	group := groupOn(portOf(conn))
	b.ReportAllocs()
	for b.Loop() {
		if err := sender.Send(group, []byte("announce")); err != nil {
			b.Fatal(err)
		}
	}
}
