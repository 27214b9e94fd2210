package pcap

import "time"

// LinkType tells what a packet begins with (www.tcpdump.org/linktypes.html).
type LinkType uint16

// The link types that RSerPool tools know.
const (
	LinkNull      LinkType = 0   // BSD loopback: the address family in host order
	LinkEthernet  LinkType = 1   //
	LinkRaw       LinkType = 101 // IPv4 or IPv6
	LinkLoop      LinkType = 108 // OpenBSD loopback: the address family, big endian
	LinkLinuxSLL  LinkType = 113 // Linux cooked capture
	LinkIPv4      LinkType = 228 //
	LinkIPv6      LinkType = 229 //
	LinkLinuxSLL2 LinkType = 276 // Linux cooked capture, version 2
)

// MaxPacketLen is how long a packet may be, in octets: the most that tcpdump
// captures.
const MaxPacketLen = 262144

// Packet is a captured packet.
type Packet struct {
	// Number counts the packets of the capture, from 1.
	Number int
	// Time is when it was captured, in UTC; zero if the capture does not tell.
	Time time.Time
	// Link is what Data begins with.
	Link LinkType
	// Data is what was captured. It is valid until the next packet is read.
	Data []byte
	// Len is how long the packet was; more than len(Data) if its end was cut off.
	Len int
}

// Truncated reports whether the end of the packet was not captured.
func (p *Packet) Truncated() bool { return p.Len > len(p.Data) }
