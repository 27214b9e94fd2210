package machine

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// maxAddrs is the number of addresses of a registrar that count. Anybody can announce a
// registrar.
const maxAddrs = 64

// announcedAddrs returns where an announced registrar can be reached: at the datagram's
// source (its port is that of ASAP, see [asapmsg.ServerAnnounce]), and at the
// addresses that the announce lists. Loopback is believed only from loopback.
func announcedAddrs(m *asapmsg.ServerAnnounce, source netip.AddrPort) []netip.AddrPort {
	for i := range m.Transports {
		t := &m.Transports[i]
		if t.Protocol != wire.SCTP {
			continue
		}
		addrs := []netip.AddrPort{netip.AddrPortFrom(source.Addr(), t.Port)}
		for _, a := range t.AddrPorts() {
			if len(addrs) == maxAddrs {
				break
			}
			if a != addrs[0] && a.Addr().IsLoopback() == source.Addr().IsLoopback() && !a.Addr().IsLinkLocalUnicast() {
				addrs = append(addrs, a)
			}
		}
		return addrs
	}
	return []netip.AddrPort{source}
}
