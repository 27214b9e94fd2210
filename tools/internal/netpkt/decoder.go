// Package netpkt takes captured packets apart down to what SCTP and UDP get: it goes
// through the link layer and IP, and puts the fragments of IP packets together.
//
// It does not use google/gopacket v1.1.19, which knows neither the second version of Linux cooked
// captures nor fragments of IPv6, and cuts IPv6 packets with hop-by-hop options at
// the wrong place; a test compares both on what both can do.
package netpkt

import (
	"net/netip"

	"github.com/rserpool-go/rserpool/tools/pcap"
)

// Numbers of protocols in IP.
const (
	ProtocolUDP  = 17
	ProtocolSCTP = 132
)

// Datagram is what an IP packet carries.
type Datagram struct {
	Src, Dst netip.Addr
	Protocol uint8
	// Payload is valid until the next packet is decoded.
	Payload []byte
	// Truncated says that the end of the payload was not captured.
	Truncated bool
}

// Decoder takes packets apart. The zero value is ready for use. Its memory is
// bounded; see [MaxFragmentBytes].
type Decoder struct{ fragments fragments }

// Lost returns how many IP fragments were given up, because the others did not come
// or did not fit.
func (d *Decoder) Lost() int { return d.fragments.lost }

// Joined returns the numbers of the captured packets whose fragments made up the last datagram. Nil: the
// datagram came in a single packet.
func (d *Decoder) Joined() []int { return d.fragments.joined }

// Decode returns what the packet carries, and false if it is nothing for us: no
// SCTP or UDP, damaged, or a fragment of a packet that is not complete.
func (d *Decoder) Decode(p *pcap.Packet) (Datagram, bool) {
	d.fragments.joined = nil
	b, ok := Network(p.Link, p.Data)
	if !ok || len(b) == 0 {
		return Datagram{}, false
	}
	var h ipHeader
	switch b[0] >> 4 {
	case 4:
		h, ok = parseIPv4(b)
	case 6:
		h, ok = parseIPv6(b)
	default:
		ok = false
	}
	if !ok || h.Protocol != ProtocolSCTP && h.Protocol != ProtocolUDP {
		return Datagram{}, false
	}
	if h.fragment.offset == 0 && !h.fragment.more {
		return h.Datagram, true
	}
	if h.Truncated {
		d.fragments.lost++
		return Datagram{}, false
	}
	key := fragmentKey{src: h.Src, dst: h.Dst, protocol: h.Protocol, id: h.fragment.id}
	h.fragment.data, h.fragment.frame = h.Payload, p.Number
	h.Payload = d.fragments.add(key, h.fragment, p.Time)
	return h.Datagram, h.Payload != nil
}
