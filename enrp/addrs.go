package enrp

import (
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// transportOf returns the ENRP transport of a registrar. Loopback addresses are included
// for a receiver on the same host, and for a registrar without other addresses. A registrar
// with nothing but link-local addresses has these.
func transportOf(addrs []netip.AddrPort, isLocal bool) wire.Transport {
	t := wire.Transport{Protocol: wire.SCTP}
	var loopback, linkLocal []netip.Addr
	for _, a := range addrs {
		t.Port = a.Port()
		switch addr := a.Addr().Unmap(); {
		case addr.IsLinkLocalUnicast():
			linkLocal = append(linkLocal, addr.WithZone(""))
		case addr.IsLoopback():
			loopback = append(loopback, addr)
		default:
			t.Addrs = append(t.Addrs, addr)
		}
	}
	if isLocal || len(t.Addrs) == 0 {
		t.Addrs = append(t.Addrs, loopback...)
	}
	if len(t.Addrs) == 0 {
		t.Addrs = linkLocal
	}
	return t
}

// endpointOf returns the endpoint that a registrar announces.
func endpointOf(t wire.Transport) []netip.AddrPort {
	t.Addrs = t.Addrs[:min(len(t.Addrs), handlespace.MaxAddrs)]
	return t.AddrPorts()
}

// isLoopback reports whether an endpoint is on this host.
func isLoopback(endpoint []netip.AddrPort) bool {
	return len(endpoint) > 0 && endpoint[0].Addr().Unmap().IsLoopback()
}

// hasSamePort reports whether two endpoints have the same port.
func hasSamePort(a, b []netip.AddrPort) bool {
	return len(a) > 0 && len(b) > 0 && a[0].Port() == b[0].Port()
}

// hasSameHost reports whether two endpoints have an address in common, whatever the ports.
func hasSameHost(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool {
		return slices.ContainsFunc(b, func(y netip.AddrPort) bool { return x.Addr().Unmap() == y.Addr().Unmap() })
	})
}

// hasCommonAddr reports whether two endpoints have an address with the same port in common.
func hasCommonAddr(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}
