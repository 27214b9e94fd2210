// Package hostaddr lists and orders the addresses at which a host can be reached.
package hostaddr

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
)

// A Host finds the addresses of this host, and remembers the last list. Its methods may
// be called by several goroutines.
type Host struct{ known atomic.Pointer[[]netip.Addr] }

// Addrs returns the host's unicast addresses without link-local addresses. The caller
// must not change the list. If the system call fails, for example for want of a
// descriptor, Addrs returns the last known list; without a known list, nil.
func (h *Host) Addrs() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		if known := h.known.Load(); known != nil {
			return *known
		}
		return nil
	}
	var list []netip.Addr
	for _, p := range Prefixes(addrs) {
		if addr := p.Addr(); !addr.IsMulticast() && !addr.IsLinkLocalUnicast() {
			list = append(list, addr)
		}
	}
	h.known.Store(&list)
	return list
}

// Prefixes converts addresses of interfaces, each with the prefix of its network.
func Prefixes(addrs []net.Addr) []netip.Prefix {
	var list []netip.Prefix
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		if addr, ok := netip.AddrFromSlice(n.IP); ok {
			ones, _ := n.Mask.Size()
			list = append(list, netip.PrefixFrom(addr.Unmap(), ones))
		}
	}
	return list
}

// Sort sorts addresses in the order of Compare.
func Sort(list []netip.AddrPort) {
	slices.SortStableFunc(list, func(a, b netip.AddrPort) int { return Compare(a.Addr(), b.Addr()) })
}

// Compare orders addresses by scope: global, then private (site-local), link-local,
// loopback.
func Compare(a, b netip.Addr) int { return cmp.Compare(scope(a), scope(b)) }

// scope ranks an address: a wider scope has a lower rank.
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
