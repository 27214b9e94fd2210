package netpkt

import (
	"encoding/binary"
	"net/netip"
)

// ipHeader is what an IP header says.
type ipHeader struct {
	Datagram
	fragment fragment // without data; the zero value if the packet is whole
}

// parseIPv4 decodes an IPv4 packet (RFC 791, 3.1).
func parseIPv4(b []byte) (h ipHeader, ok bool) {
	const minLen = 20
	if len(b) < minLen {
		return h, false
	}
	headerLen, total := 4*int(b[0]&0xf), int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b) // The network card is to cut the packet and fill in lengths.
	}
	if headerLen < minLen || headerLen > len(b) || total < headerLen {
		return h, false
	}
	h.Src, h.Dst = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
	h.Protocol = b[9]
	at := binary.BigEndian.Uint16(b[6:])
	h.fragment = fragment{
		id:     uint32(binary.BigEndian.Uint16(b[4:])),
		offset: 8 * int(at&0x1fff),
		more:   at&0x2000 != 0,
	}
	h.Truncated = total > len(b)
	h.Payload = b[headerLen:min(total, len(b))]
	return h, true
}

// IPv6 extension headers (RFC 8200, 4).
const (
	nextHopByHop    = 0
	nextRouting     = 43
	nextFragment    = 44
	nextDestination = 60
)

// parseIPv6 decodes an IPv6 packet (RFC 8200, 3 and 4).
func parseIPv6(b []byte) (h ipHeader, ok bool) {
	const headerLen = 40
	if len(b) < headerLen {
		return h, false
	}
	h.Src, h.Dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	n, next := int(binary.BigEndian.Uint16(b[4:])), b[6]
	b = b[headerLen:]
	if n == 0 {
		n = len(b) // as for IPv4
	}
	h.Truncated = n > len(b)
	b = b[:min(n, len(b))]
	for { // Each header takes 8 octets or more, so this ends.
		switch next {
		case nextHopByHop, nextRouting, nextDestination:
			if len(b) < 8 || len(b) < 8+8*int(b[1]) {
				return h, false
			}
			next, b = b[0], b[8+8*int(b[1]):]
		case nextFragment:
			if len(b) < 8 {
				return h, false
			}
			at := binary.BigEndian.Uint16(b[2:])
			h.fragment = fragment{id: binary.BigEndian.Uint32(b[4:]), offset: int(at &^ 7), more: at&1 != 0}
			h.Protocol, h.Payload = b[0], b[8:]
			if h.fragment.more || h.fragment.offset != 0 {
				// Headers behind this one are a part of what was cut up. Nobody
				// sends those with SCTP or UDP.
				return h, true
			}
			next, b = b[0], b[8:]
		default:
			h.Protocol, h.Payload = next, b
			return h, true
		}
	}
}
