package machine

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The events that bring messages of ASAP: over an association, and by multicast.
type (
	Received = step.Received[asapmsg.Message]
	Heard    = step.Heard[asapmsg.Message]
)

// maxAddrs bounds the addresses of a registrar that count. Anybody can announce a registrar.
const maxAddrs = 64

// announcedAddrs returns the addresses of an announced registrar: the datagram's source,
// whose port is the port of ASAP (see [asapmsg.ServerAnnounce]), and the addresses that the
// announce lists. Loopback is believed only from loopback.
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

// policyOf returns the pool's policy. A pool without a policy has Round Robin (RFC 5352,
// 2.2.6).
func policyOf(m *asapmsg.HandleResolutionResponse) wire.Policy {
	if m.Policy == nil {
		return wire.Policy{Type: wire.RoundRobin}
	}
	return *m.Policy
}

// isSkipReport reports whether an error only lists the parameters that the peer has skipped.
// The peer has acted on the message, and its answer comes as well.
func isSkipReport(causes []wire.ErrorCause) bool {
	for _, c := range causes {
		if c.Code != wire.CauseUnrecognizedParameter || len(c.Info) < 2 ||
			wire.ParamType(binary.BigEndian.Uint16(c.Info)).Action().Discards() {
			return false
		}
	}
	return len(causes) > 0
}

func hasCause(causes []wire.ErrorCause, code wire.CauseCode) bool {
	return slices.ContainsFunc(causes, func(c wire.ErrorCause) bool { return c.Code == code })
}
