package udpsctp

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
)

// LocalAddrs returns the addresses to which the endpoint is bound. An endpoint bound to
// all addresses returns the present addresses of the host, without link-local addresses.
// The order is global, private (site-local), link-local, loopback.
func (e *endpoint) LocalAddrs() []netip.AddrPort {
	var list []netip.AddrPort
	for _, s := range e.sockets {
		if !s.bound.IsUnspecified() {
			list = append(list, netip.AddrPortFrom(s.bound, e.port))
			continue
		}
		for _, addr := range e.host.Addrs() {
			if addr.Is4() == s.bound.Is4() {
				list = append(list, netip.AddrPortFrom(addr, e.port))
			}
		}
	}
	hostaddr.Sort(list)
	return list
}
