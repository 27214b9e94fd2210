package udpsctp

import (
	"net/netip"
	"testing"

	"go.uber.org/goleak"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/loopbacktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

func TestConformance(t *testing.T) {
	t.Parallel()
	loopbacktest.Test(t, NewNetwork(Config{Interfaces: []string{"lo"}}), netip.MustParseAddrPort("239.255.77.1:17777"))
}
