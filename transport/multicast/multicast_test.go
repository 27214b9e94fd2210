package multicast_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// lo keeps the tests' datagrams on the machine.
var lo = multicast.Interfaces{"lo"}

// freeGroup returns a group on a port that nothing uses.
func freeGroup(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := multicast.Listen(t.Context(), "udp4", netip.Addr{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return netip.AddrPortFrom(netip.MustParseAddr("239.255.77.50"), portOf(conn))
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
	s, err := multicast.NewSender(conn, ifaces)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantDatagram fails unless the next datagram is the one that is expected.
func wantDatagram(t *testing.T, g transport.Group, data string, source netip.AddrPort) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	got, from, err := g.Receive(ctx)
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	if string(got) != data || from != source {
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
