package onetomany

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
)

// PeerAddrs returns the addresses of a peer that an endpoint with a port can dial, in
// their order and without repetitions. A peer's list may contain addresses of no use, such
// as the address of a bridge that every host has. PeerAddrs leaves out the endpoint's own
// addresses, and addresses that canReach rejects. It fails if no address is left.
func PeerAddrs(e transport.Endpoint, port uint16, peer []netip.AddrPort, canReach func(netip.Addr) bool) ([]netip.AddrPort, error) {
	var list []netip.AddrPort
	for _, p := range peer {
		p = netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
		addr := p.Addr()
		switch {
		case !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || p.Port() == 0,
			p.Port() == port && slices.Contains(e.LocalAddrs(), p), // The endpoint itself.
			!canReach(addr), slices.Contains(list, p):
			continue
		}
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("dial %v: no address can be reached from %v", peer, e.LocalAddrs())
	}
	return list, nil
}
