package netpkt

import (
	"encoding/binary"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// Types of Ethernet frames.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
)

// Network returns the network layer of a packet, and false if that is not IP.
func Network(link pcap.LinkType, b []byte) ([]byte, bool) {
	const ethernetLen, sllLen, sll2Len, loopbackLen = 14, 16, 20, 4
	switch link {
	case pcap.LinkEthernet:
		return etherPayload(b, ethernetLen-2, ethernetLen)
	case pcap.LinkLinuxSLL:
		return etherPayload(b, sllLen-2, sllLen)
	case pcap.LinkLinuxSLL2:
		return etherPayload(b, 0, sll2Len)
	case pcap.LinkNull, pcap.LinkLoop:
		// The address family in front has numbers of the capturing system; the
		// packet tells its version itself.
		if len(b) < loopbackLen {
			return nil, false
		}
		return b[loopbackLen:], true
	case pcap.LinkRaw, pcap.LinkIPv4, pcap.LinkIPv6:
		return b, true
	}
	return nil, false
}

// etherPayload returns what follows a header that has its frame type at a place, and
// the tags of virtual networks behind it.
func etherPayload(b []byte, typeAt, headerLen int) ([]byte, bool) {
	const tagLen = 4
	if len(b) < headerLen {
		return nil, false
	}
	typ := binary.BigEndian.Uint16(b[typeAt:])
	b = b[headerLen:]
	for typ == etherVLAN || typ == etherQinQ {
		if len(b) < tagLen {
			return nil, false
		}
		typ = binary.BigEndian.Uint16(b[2:])
		b = b[tagLen:]
	}
	return b, typ == etherIPv4 || typ == etherIPv6
}
