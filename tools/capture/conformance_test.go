package capture_test

import (
	"net/netip"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/rserpool-go/rserpool/tools/capture"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newNetwork decorates a network, with a file of its own.
func newNetwork(t *testing.T, inner transport.Network) (n transport.Network, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "capture.pcapng")
	return capture.New(inner, file, nil), file
}

// The contract of package transport holds for decorated endpoints, and the files can be read.
func TestConformance(t *testing.T) {
	t.Parallel()
	group := netip.MustParseAddrPort("239.255.81.1:17781")
	loopback := transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
	for name, newHosts := range map[string]func() transporttest.Hosts{
		"memnet": func() transporttest.Hosts {
			n := memnet.New(memnet.Config{})
			return transporttest.Hosts{A: n.Host(), B: n.Host(), Group: group}
		},
		"udpsctp": func() transporttest.Hosts {
			n := udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}})
			return transporttest.Hosts{A: n, B: n, ListenA: loopback, ListenB: loopback, Group: group}
		},
		"wildcard": func() transporttest.Hosts {
			n := udpsctp.NewNetwork(udpsctp.Config{Interfaces: []string{"lo"}})
			return transporttest.Hosts{A: n, B: n}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transporttest.Test(t, func(t *testing.T) transporttest.Hosts {
				h := newHosts()
				same := h.A == h.B
				var files [2]string
				t.Cleanup(func() { // after the end of the endpoints
					for _, file := range files {
						readCapture(t, file)
					}
				})
				h.A, files[0] = newNetwork(t, h.A)
				h.B, files[1] = newNetwork(t, h.B)
				if same {
					h.B, files[1] = h.A, files[0]
				}
				return h
			})
		})
	}
}
