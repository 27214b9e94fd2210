package sctp

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
	"github.com/rserpool-go/rserpool/transport/kernelsctp"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

func TestChoice(t *testing.T) {
	t.Parallel()
	missing, denied := fmt.Errorf("%w: not here", kernelsctp.ErrUnsupported), errors.New("not permitted")
	for _, c := range []struct {
		kind      Kind
		missing   error
		want, why string
		level     slog.Level
	}{
		{"", nil, "*sctp.both", "the kernel has SCTP", slog.LevelDebug},
		{Auto, nil, "*sctp.both", "the kernel has SCTP", slog.LevelDebug},
		{Auto, missing, "*udpsctp.Network", missing.Error(), slog.LevelDebug},
		{Auto, denied, "*udpsctp.Network", denied.Error(), slog.LevelInfo},
		{UDP, nil, "*udpsctp.Network", "as configured", slog.LevelInfo},
		{Kernel, nil, "*kernelsctp.Network", "as configured", slog.LevelInfo},
		{Kernel, missing, "*kernelsctp.Network", "as configured", slog.LevelInfo},
	} {
		n := choose(Config{Kind: c.kind}, c.missing)
		if got := fmt.Sprintf("%T", n.Network); got != c.want || n.why != c.why || n.level != c.level {
			t.Errorf("%s, %v: %s because %q at level %v, want %s because %q at %v", c.kind, c.missing, got, n.why, n.level, c.want, c.why, c.level)
		}
	}
}

func TestTellsOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	n := New(Config{Kind: UDP, Log: slog.New(slog.NewTextHandler(&out, nil))})
	for range 2 {
		e, err := n.Listen(assoctest.Limit(t), loopback)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `transport="SCTP in UDP" why="as configured"`) {
		t.Errorf("log: %q", got)
	}
}

func TestKernelMissing(t *testing.T) {
	t.Parallel()
	if kernelsctp.Available() == nil {
		t.Skip("the kernel has SCTP")
	}
	_, err := New(Config{Kind: Kernel}).Listen(assoctest.Limit(t), loopback)
	if !errors.Is(err, kernelsctp.ErrUnsupported) || !strings.Contains(err.Error(), `"udp"`) {
		t.Errorf("Listen: %v", err)
	}
}

// inMemory returns a network over both, with one in memory in place of the kernel.
func inMemory() *both {
	h := memnet.New(memnet.Config{}).Host(loopback.Addrs...)
	return &both{kernel: h, udp: udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}}), headStart: 100 * time.Millisecond}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	transporttest.Test(t, func(*testing.T) transporttest.Hosts {
		n := inMemory()
		return transporttest.Hosts{A: n, B: n, ListenA: loopback, ListenB: loopback, Group: netip.MustParseAddrPort("239.255.79.2:17780")}
	})
}

// TestFallback dials peers that have only one of the two.
func TestFallback(t *testing.T) {
	t.Parallel()
	n := inMemory()
	for name, side := range map[string]transport.Network{"kernel": n.kernel, "udp": n.udp} {
		client, err := n.Listen(assoctest.Limit(t), loopback)
		if err != nil {
			t.Fatal(err)
		}
		server, err := side.Listen(assoctest.Limit(t), loopback)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // The second time it is up already.
			a, err := client.Dial(assoctest.Limit(t), server.LocalAddrs())
			if err != nil {
				t.Fatalf("%s: Dial: %v", name, err)
			}
			if err := a.Send(assoctest.Limit(t), transport.Message{Data: []byte("there")}); err != nil {
				t.Fatalf("%s: Send: %v", name, err)
			}
		}
		b, err := server.Accept(assoctest.Limit(t))
		if err != nil {
			t.Fatalf("%s: Accept: %v", name, err)
		}
		for range 2 {
			if m, err := b.Receive(assoctest.Limit(t)); err != nil || string(m.Data) != "there" {
				t.Fatalf("%s: Receive: %q, %v", name, m.Data, err)
			}
		}
		if err := errors.Join(server.Close(), client.Close()); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
}

func TestKernelConformance(t *testing.T) {
	t.Parallel()
	if err := kernelsctp.Available(); err != nil {
		t.Skip(err)
	}
	transporttest.Test(t, func(*testing.T) transporttest.Hosts {
		n := New(Config{Interfaces: []string{"lo"}})
		return transporttest.Hosts{A: n, B: n, ListenA: loopback, ListenB: loopback, Group: netip.MustParseAddrPort("239.255.79.1:17779")}
	})
}
