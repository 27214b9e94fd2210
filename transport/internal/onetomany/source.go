package onetomany

import "net/netip"

// SourceOf returns the source of a peer, for limits per source. The owner of an IPv6 network has
// at least the addresses of a /64 network, so all of them are one source.
func SourceOf(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	if !addr.Is6() || addr.IsLinkLocalUnicast() {
		return addr
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return addr // Not for an address of IPv6.
	}
	return network.Addr()
}
