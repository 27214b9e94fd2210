// Package loopbacktest checks a network of this host against the contract of package
// transport, over the loopback interface.
package loopbacktest

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// Test runs all checks for each way to bind endpoints. The network's multicast must be
// limited to loopback. The group must be an IPv4 group that no other test uses.
func Test(t *testing.T, n transport.Network, group netip.AddrPort) {
	for _, c := range []struct {
		name   string
		listen transport.ListenConfig
		group  netip.AddrPort
	}{
		{"IPv4", transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}, group},
		{"IPv6", transport.ListenConfig{Addrs: []netip.Addr{netip.IPv6Loopback()}}, netip.AddrPort{}}, // Linux has no IPv6 multicast route on loopback.
		{"Wildcard", transport.ListenConfig{}, group},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			transporttest.Test(t, func(*testing.T) transporttest.Hosts {
				return transporttest.Hosts{A: n, B: n, ListenA: c.listen, ListenB: c.listen, Group: c.group}
			})
		})
	}
}
