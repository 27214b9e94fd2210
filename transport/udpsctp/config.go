package udpsctp

import (
	"context"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// MaxMessageSize is the size of the largest message that can be sent or
// received, in octets.
const MaxMessageSize = 65536

// Config sets up a [Network]. For every field, zero means the default.
type Config struct {
	// HeartbeatInterval is the time between two heartbeats to a peer, HB.interval
	// of RFC 9260, 8.3. Default: 2 s.
	HeartbeatInterval time.Duration

	// MaxMissed is the number of successive intervals without an acknowledgement
	// of a heartbeat or of data, after which a peer counts as unreachable
	// (Association.Max.Retrans of RFC 9260, 8.1). A peer that falls silent is
	// noticed (MaxMissed+1) * HeartbeatInterval later at most: 10 s by default,
	// 1 s with an interval of 200 ms. Default: 4.
	MaxMissed int

	// RTOMax bounds the retransmission timeout (RFC 9260, 6.3.1). The smallest one
	// is 1 s whatever the round-trip time; a bound below 1 s takes the place of
	// both. Default: 2 s.
	RTOMax time.Duration

	// HandshakeTimeout bounds the attempt to open an association to one address
	// of a peer. Default: 10 s.
	HandshakeTimeout time.Duration

	// HeadStart is the time that Dial gives an address of the peer before it tries
	// the next one too. Default: 250 ms.
	HeadStart time.Duration

	// MaxAssociations bounds the associations of an endpoint. An INIT above it is
	// answered by an ABORT. Default: 65536.
	MaxAssociations int

	// MaxAssociationsPerSource bounds the associations with one IP address.
	// Default: 4096.
	MaxAssociationsPerSource int

	// AcceptBacklog bounds the associations that wait for Accept. Default: 1024.
	AcceptBacklog int

	// Streams is the number of streams offered in each direction; an association
	// has as many as both sides offer. Default: 16.
	Streams uint16

	// SendBuffer bounds the data, in octets, that is queued for a peer or not
	// acknowledged by it; Send waits while there is as much, so one message more
	// may be in it. Default: 256 KiB.
	SendBuffer int

	// ReceiveBuffer bounds the data, in octets, that an association keeps for
	// Receive; a peer is told to send no more when it is full. At least 128 KiB.
	// Default: 256 KiB.
	ReceiveBuffer int

	// MTU is the size of the largest SCTP packet, in octets without the IP and
	// UDP headers. Default: 1232, which any IPv6 path takes.
	MTU int

	// Interfaces names the interfaces that multicast is limited to. Default: all
	// that are up and can do multicast, and loopback.
	Interfaces []string
}

// withDefaults returns the configuration with the defaults filled in.
func (c Config) withDefaults() Config {
	defaults.Set(&c.HeartbeatInterval, 2*time.Second)
	defaults.Set(&c.RTOMax, 2*time.Second)
	defaults.Set(&c.HandshakeTimeout, 10*time.Second)
	defaults.Set(&c.HeadStart, 250*time.Millisecond)
	defaults.Set(&c.MaxMissed, 4)
	defaults.Set(&c.MaxAssociations, 65536)
	defaults.Set(&c.MaxAssociationsPerSource, 4096)
	defaults.Set(&c.AcceptBacklog, 1024)
	defaults.Set(&c.Streams, 16)
	defaults.Set(&c.SendBuffer, 256<<10)
	defaults.Set(&c.ReceiveBuffer, 256<<10)
	defaults.Set(&c.MTU, 1232)
	c.ReceiveBuffer = max(c.ReceiveBuffer, 128<<10)
	c.MTU = min(max(c.MTU, 512), pionPacketMax)
	return c
}

// A Network is the host's UDP/IP stack, as a place for SCTP endpoints.
type Network struct {
	config Config
	impair impairment // For tests.
}

var _ transport.Network = (*Network)(nil)

// NewNetwork returns a network.
func NewNetwork(config Config) *Network {
	return &Network{config: config.withDefaults()}
}

// Listen binds an endpoint. Its SCTP port number is its UDP port number. Bound
// to all addresses, it has one UDP socket for IPv4 and one for IPv6.
func (n *Network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	return n.listen(ctx, config)
}

// Join becomes a member of a multicast group on the network's interfaces.
func (n *Network) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return multicast.Join(ctx, group, n.config.Interfaces)
}
