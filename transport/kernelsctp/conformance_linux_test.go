//go:build linux && !386

package kernelsctp

import (
	"net/netip"
	"testing"

	"go.uber.org/goleak"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/loopbacktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// needSCTP skips a test where the kernel has no SCTP. internal/interop/uml/uml-run runs one
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
	loopbacktest.Test(t, NewNetwork(Config{Interfaces: []string{"lo"}}), netip.MustParseAddrPort("239.255.78.1:17778"))
}
