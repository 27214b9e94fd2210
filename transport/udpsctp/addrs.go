package udpsctp

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// LocalAddrs returns the addresses to which the endpoint is bound, or those of
// the host now: global ones first, then private (site-local) ones, loopback
// last. Link-local ones are left out, unless the endpoint is bound to them.
func (e *endpoint) LocalAddrs() []netip.AddrPort {
	var list []netip.AddrPort
	for _, s := range e.sockets {
		if !s.bound.IsUnspecified() {
			list = append(list, netip.AddrPortFrom(s.bound, e.port))
			continue
		}
		for _, addr := range hostAddrs() {
			if addr.Is4() == s.bound.Is4() {
				list = append(list, netip.AddrPortFrom(addr, e.port))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b netip.AddrPort) int {
		return cmp.Compare(scope(a.Addr()), scope(b.Addr()))
	})
	return list
}

// scope ranks an address: the wider its scope, the lower.
func scope(addr netip.Addr) int {
	switch {
	case addr.IsLoopback():
		return 3
	case addr.IsLinkLocalUnicast():
		return 2
	case addr.IsPrivate():
		return 1
	}
	return 0
}

// hostAddrs returns the host's unicast addresses but link-local ones. An error
// of the system means none.
func hostAddrs() []netip.Addr {
	var list []netip.Addr
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(n.IP)
		addr = addr.Unmap()
		if ok && !addr.IsMulticast() && !addr.IsLinkLocalUnicast() {
			list = append(list, addr)
		}
	}
	return list
}
