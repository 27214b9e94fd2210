package udpsctp

import (
	"context"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// MaxMessageSize is the size of the largest message that can be sent or received, in
// octets.
const MaxMessageSize = 65536

// Config sets up a [Network]. For every field, zero means the default.
type Config struct {
	// HeartbeatInterval is the time between two heartbeats to a peer, HB.interval in RFC
	// 9260, 8.3. Default: 2 s.
	HeartbeatInterval time.Duration

	// MaxMissed is Association.Max.Retrans in RFC 9260, 8.1. After so many successive
	// intervals without an acknowledgement of a heartbeat or of data, the peer counts as
	// unreachable. A peer that falls silent is detected within (MaxMissed+1) *
	// HeartbeatInterval: 10 s by default, 1 s with an interval of 200 ms. Default: 4.
	MaxMissed int

	// RTOMax bounds the retransmission timeout (RFC 9260, 6.3.1) from above. The timeout
	// is never below 1 s, whatever the round-trip time. An RTOMax below 1 s replaces that
	// lower bound too. Default: 2 s.
	RTOMax time.Duration

	// HandshakeTimeout bounds the attempt to open an association to an address of a peer.
	// Default: 10 s.
	HandshakeTimeout time.Duration

	// HeadStart is the time that Dial gives an address of the peer before Dial tries the
	// next address too. Default: 250 ms.
	HeadStart time.Duration

	// MaxAssociations bounds the associations of an endpoint. Further INITs are answered
	// with an ABORT. An idle association takes about 31 kB. Default: 4096.
	MaxAssociations int

	// MaxAssociationsPerSource bounds the associations with a single source: an IPv4 address,
	// or the /64 network of an IPv6 address. Default: 256.
	MaxAssociationsPerSource int

	// AcceptBacklog bounds the associations that wait for Accept. Default: 1024.
	AcceptBacklog int

	// Streams is the number of streams offered in each direction. An association uses the
	// lower of the two sides' numbers. Default: 16.
	Streams uint16

	// SendBuffer bounds the memory for data that waits for transmission or acknowledgement, in
	// octets: the data, and 256 octets for each DATA chunk. Send waits while the bound is
	// reached, so the last message may exceed it. Default: 256 KiB.
	SendBuffer int

	// StallTimeout bounds the time in which a peer takes nothing of the data that waits for
	// it. The association is then aborted. Default: 30 s.
	StallTimeout time.Duration

	// Budget bounds the memory for the data of all associations: data to send, packets, parts
	// of received messages, messages that wait for Receive, and the octets of Hold. Beyond
	// the budget, the associations that hold most are aborted. Several networks may share a
	// budget. Default: a budget of [budget.Default] octets for the network.
	Budget *budget.Budget

	// ReceiveBuffer bounds the octets of data that an association keeps for Receive. When
	// the buffer is full, the peer is told to stop. At least 128 KiB. Default: 256 KiB.
	ReceiveBuffer int

	// MTU is the size of the largest SCTP packet, in octets without the IP and UDP
	// headers. Default: 1232, which fits every IPv6 path.
	MTU int

	// Interfaces names the interfaces to which multicast is limited. Default: loopback,
	// and every interface that is up and capable of multicast.
	Interfaces []string

	// HopLimit is the TTL (IPv4) or hop limit (IPv6) of datagrams to multicast groups, from 1
	// to 255. Default: [multicast.HopLimit].
	HopLimit int
}

// withDefaults returns the configuration with defaults for unset fields.
func (c Config) withDefaults() Config {
	defaults.Set(&c.HeartbeatInterval, 2*time.Second)
	defaults.Set(&c.RTOMax, 2*time.Second)
	defaults.Set(&c.HandshakeTimeout, 10*time.Second)
	defaults.Set(&c.HeadStart, 250*time.Millisecond)
	defaults.Set(&c.MaxMissed, 4)
	defaults.Set(&c.MaxAssociations, 4096)
	defaults.Set(&c.MaxAssociationsPerSource, 256)
	defaults.Set(&c.AcceptBacklog, 1024)
	defaults.Set(&c.Streams, 16)
	defaults.Set(&c.SendBuffer, 256<<10)
	defaults.Set(&c.StallTimeout, 30*time.Second)
	if c.Budget == nil {
		c.Budget = budget.New(0)
	}
	defaults.Set(&c.ReceiveBuffer, 256<<10)
	defaults.Set(&c.MTU, 1232)
	c.ReceiveBuffer = max(c.ReceiveBuffer, 128<<10)
	c.MTU = min(max(c.MTU, 512), pionPacketMax)
	return c
}

// A Network is the UDP/IP stack of the host, as a place for SCTP endpoints.
type Network struct {
	config Config
	impair impairment // For tests.
}

var _ transport.Network = (*Network)(nil)

// NewNetwork returns a network.
func NewNetwork(config Config) *Network {
	return &Network{config: config.withDefaults()}
}

// Listen binds an endpoint. Its SCTP port number is its UDP port number. An endpoint
// bound to all addresses has a UDP socket for IPv4 and another for IPv6.
func (n *Network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	return n.listen(ctx, config)
}

// Join becomes a member of a multicast group on the network's interfaces.
func (n *Network) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return multicast.Join(ctx, group, n.config.Interfaces)
}
