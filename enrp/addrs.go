package enrp

import (
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

// transportOf returns the ENRP transport of a registrar. Loopback addresses are for
// those on the same host, and for hosts that have no others.
func transportOf(addrs []netip.AddrPort, local bool) wire.Transport {
	t := wire.Transport{Protocol: wire.SCTP}
	var loopback []netip.Addr
	for _, a := range addrs {
		t.Port = a.Port()
		switch addr := a.Addr().Unmap(); {
		case addr.IsLinkLocalUnicast():
		case addr.IsLoopback():
			loopback = append(loopback, addr)
		default:
			t.Addrs = append(t.Addrs, addr)
		}
	}
	if local || len(t.Addrs) == 0 {
		t.Addrs = append(t.Addrs, loopback...)
	}
	return t
}

// endpointOf returns where a registrar is that says so.
func endpointOf(t wire.Transport) []netip.AddrPort {
	t.Addrs = t.Addrs[:min(len(t.Addrs), handlespace.MaxAddrs)]
	return t.AddrPorts()
}

func overlap(a, b []netip.AddrPort) bool {
	return slices.ContainsFunc(a, func(x netip.AddrPort) bool { return slices.Contains(b, x) })
}

func isLocal(peer []netip.AddrPort) bool {
	return len(peer) > 0 && peer[0].Addr().Unmap().IsLoopback()
}
