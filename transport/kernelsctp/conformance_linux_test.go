//go:build linux && !386

package kernelsctp

import (
	"net/netip"
	"testing"

	"go.uber.org/goleak"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// needSCTP skips a test where the kernel has no SCTP. interop/uml-run is a kernel
// that has it.
func needSCTP(t *testing.T) {
	t.Helper()
	if err := Available(); err != nil {
		t.Skip(err)
	}
}

var loopback = transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

func TestConformance(t *testing.T) {
	t.Parallel()
	needSCTP(t)
	for name, listen := range map[string]transport.ListenConfig{
		"IPv4":     loopback,
		"IPv6":     {Addrs: []netip.Addr{netip.IPv6Loopback()}},
		"Wildcard": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transporttest.Test(t, func(t *testing.T) transporttest.Hosts {
				n := NewNetwork(Config{Interfaces: []string{"lo"}})
				h := transporttest.Hosts{A: n, B: n, ListenA: listen, ListenB: listen}
				if name != "IPv6" { // Linux has no IPv6 multicast route on loopback.
					h.Group = netip.MustParseAddrPort("239.255.78.1:47778")
				}
				return h
			})
		})
	}
}
