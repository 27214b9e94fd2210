package kernelsctp

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// ErrUnsupported is returned where there is no SCTP in the kernel.
var ErrUnsupported = errors.New("kernelsctp: this system's kernel has no SCTP (on Linux, \"modprobe sctp\" may load it)")

// MaxMessageSize is the size of the largest message that can be sent or
// received, in octets.
const MaxMessageSize = 65536

// Config sets up a [Network]. For every field, zero means the default.
type Config struct {
	// HeartbeatInterval is about the time between two heartbeats on an idle path.
	// The kernel adds the path's retransmission timeout to its HB.interval
	// (RFC 9260, 8.3), which is set half as long. Default: 2 s.
	HeartbeatInterval time.Duration

	// MaxMissed is the number of successive timeouts after which a peer counts as
	// unreachable, Association.Max.Retrans of RFC 9260, 8.1; of a peer with several
	// addresses, one less for each. A path is given up one earlier, and from its first
	// timeout on another one is preferred. A peer that falls silent is noticed about
	// (MaxMissed+1) * HeartbeatInterval later at most. Default: 4.
	MaxMissed int

	// RTOMin bounds the retransmission timeout from below. It has to be longer
	// than a peer delays its SACKs, 200 ms by default, or what is sent alone goes twice.
	// Default: a quarter of HeartbeatInterval, at most 500 ms.
	RTOMin time.Duration

	// RTOMax bounds the retransmission timeout from above. Default: half of
	// HeartbeatInterval, at most 2 s.
	RTOMax time.Duration

	// SACKDelay is how long an acknowledgement may wait for another one, up to
	// 500 ms. Negative: every packet is acknowledged at once. Default: 20 ms.
	SACKDelay time.Duration

	// HandshakeTimeout bounds the attempt to open an association to the addresses
	// of a peer. Default: 10 s.
	HandshakeTimeout time.Duration

	// MaxAssociations bounds the associations of an endpoint. One above it is
	// aborted at once. Default: 65536.
	MaxAssociations int

	// AcceptBacklog bounds the associations that wait for Accept. One above it is
	// aborted at once. Default: 1024.
	AcceptBacklog int

	// Streams is the number of streams offered in each direction; an association
	// has as many as both sides offer. Default: 16.
	Streams uint16

	// SendBuffer and ReceiveBuffer are the sizes of a socket's buffers in
	// octets, as far as the system allows. Default: 256 KiB.
	SendBuffer, ReceiveBuffer int

	// QueueLimit bounds the data, in octets, that an association keeps for Receive
	// before the kernel has to keep it. Default: 256 KiB.
	QueueLimit int

	// Interfaces names the interfaces that multicast is limited to. Default: all
	// that are up and can do multicast, and loopback.
	Interfaces []string

	// FirstID is the number of an endpoint's first association, less one. Endpoints
	// that appear as one have numbers far apart. Default: 0.
	FirstID uint64

	// NoMulticast leaves the UDP port with the number of the SCTP port alone.
	// SendMulticast then fails.
	NoMulticast bool
}

// withDefaults returns the configuration with the defaults filled in.
func (c Config) withDefaults() Config {
	defaults.Set(&c.HeartbeatInterval, 2*time.Second)
	defaults.Set(&c.RTOMin, min(c.HeartbeatInterval/4, 500*time.Millisecond))
	defaults.Set(&c.RTOMax, min(c.HeartbeatInterval/2, 2*time.Second))
	defaults.Set(&c.HandshakeTimeout, 10*time.Second)
	defaults.Set(&c.MaxMissed, 4)
	defaults.Set(&c.MaxAssociations, 65536)
	defaults.Set(&c.AcceptBacklog, 1024)
	defaults.Set(&c.Streams, 16)
	defaults.Set(&c.SendBuffer, 256<<10)
	defaults.Set(&c.ReceiveBuffer, 256<<10)
	defaults.Set(&c.QueueLimit, 256<<10)
	c.RTOMax = max(c.RTOMax, c.RTOMin)
	switch {
	case c.SACKDelay == 0:
		c.SACKDelay = 20 * time.Millisecond
	case c.SACKDelay < 0:
		c.SACKDelay = 0
	}
	c.SACKDelay = min(c.SACKDelay, 500*time.Millisecond)
	return c
}

// A Network is the kernel's SCTP, as a place for endpoints.
type Network struct{ config Config }

var _ transport.Network = (*Network)(nil)

// NewNetwork returns a network. It does not look whether the kernel has SCTP.
func NewNetwork(config Config) *Network {
	return &Network{config: config.withDefaults()}
}

// Available returns nil if the kernel has SCTP, else an error that wraps
// [ErrUnsupported] and says why not.
func Available() error { return available() }

// Listen binds an endpoint, and a UDP port with the same number to send multicast
// from. Bound to all addresses, it has IPv4 and IPv6.
func (n *Network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	return listen(ctx, n.config, config)
}

// Join becomes a member of a multicast group on the network's interfaces.
func (n *Network) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return multicast.Join(ctx, group, n.config.Interfaces)
}
