package kernelsctp

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// ErrUnsupported is returned if the kernel has no SCTP.
var ErrUnsupported = errors.New("kernelsctp: this system's kernel has no SCTP (on Linux, \"modprobe sctp\" may load it)")

// MaxMessageSize is the size of the largest message that can be sent or received, in
// octets.
const MaxMessageSize = 65536

// Config sets up a [Network]. For every field, zero means the default.
type Config struct {
	// HeartbeatInterval is the approximate time between two heartbeats on an idle path.
	// The kernel sends a heartbeat after HB.interval (RFC 9260, 8.3) plus the path's
	// retransmission timeout. The endpoint therefore sets HB.interval to half of
	// HeartbeatInterval. Default: 2 s.
	HeartbeatInterval time.Duration

	// MaxMissed is Association.Max.Retrans in RFC 9260, 8.1: after so many successive
	// timeouts, a peer counts as unreachable. For a peer with several addresses, each
	// address counts MaxMissed-1. A path fails after MaxMissed-1 timeouts; after its
	// first timeout, other paths are preferred. A peer that falls silent is detected
	// within about (MaxMissed+1) * HeartbeatInterval. Default: 4.
	MaxMissed int

	// RTOMin bounds the retransmission timeout from below. It must be longer than the
	// delay of the peer's SACKs, 200 ms by default. Otherwise a packet without successors
	// is sent twice. Default: a quarter of HeartbeatInterval, at most 500 ms.
	RTOMin time.Duration

	// RTOMax bounds the retransmission timeout from above. Default: half of
	// HeartbeatInterval, at most 2 s.
	RTOMax time.Duration

	// SACKDelay is the time for which an acknowledgement may be delayed, at most 500 ms.
	// Negative: every packet is acknowledged at once. Default: 20 ms.
	SACKDelay time.Duration

	// HandshakeTimeout bounds the attempt to open an association to the addresses of a
	// peer. Default: 10 s.
	HandshakeTimeout time.Duration

	// MaxAssociations bounds the associations of an endpoint. Further associations are
	// aborted at once. Default: 4096.
	MaxAssociations int

	// MaxAssociationsPerSource bounds the associations with a single source: an IPv4 address,
	// or the /64 network of an IPv6 address. The source of a peer is its primary address.
	// Default: 256.
	MaxAssociationsPerSource int

	// AcceptBacklog bounds the associations that wait for Accept. Further associations
	// are aborted at once. Default: 1024.
	AcceptBacklog int

	// Streams is the number of streams offered in each direction. An association uses the
	// lower of the two sides' numbers. Default: 16.
	Streams uint16

	// SendBuffer and ReceiveBuffer are the sizes of a socket's buffers, in octets. The
	// system may give less. Default: 256 KiB.
	SendBuffer, ReceiveBuffer int

	// QueueLimit bounds the octets of data that an association keeps for Receive. Beyond
	// the limit, data stays in the kernel. Default: 256 KiB.
	QueueLimit int

	// StallTimeout bounds the time for which Send waits until the peer takes data. The
	// association is then aborted. Default: 30 s.
	StallTimeout time.Duration

	// Budget bounds the memory for the data that all associations hold outside the kernel:
	// messages that wait for Receive, parts of messages, and the octets of Hold. Beyond the
	// budget, the associations that hold most are aborted. Several networks may share a
	// budget. Default: a budget of [budget.Default] octets for the network.
	Budget *budget.Budget

	// Interfaces names the interfaces to which multicast is limited. Default: loopback,
	// and every interface that is up and capable of multicast.
	Interfaces []string

	// HopLimit is the TTL (IPv4) or hop limit (IPv6) of datagrams to multicast groups, from 1
	// to 255. Default: [multicast.HopLimit].
	HopLimit int

	// FirstID is added to the numbers of an endpoint's associations, which count from 1.
	// Endpoints that appear as a single endpoint need numbers far apart. Default: 0.
	FirstID uint64

	// NoMulticast leaves the UDP port with the number of the SCTP port unused.
	// SendMulticast then fails.
	NoMulticast bool
}

// withDefaults returns the configuration with defaults for unset fields.
func (c Config) withDefaults() Config {
	defaults.Set(&c.HeartbeatInterval, 2*time.Second)
	defaults.Set(&c.RTOMin, min(c.HeartbeatInterval/4, 500*time.Millisecond))
	defaults.Set(&c.RTOMax, min(c.HeartbeatInterval/2, 2*time.Second))
	defaults.Set(&c.HandshakeTimeout, 10*time.Second)
	defaults.Set(&c.MaxMissed, 4)
	defaults.Set(&c.MaxAssociations, 4096)
	defaults.Set(&c.MaxAssociationsPerSource, 256)
	defaults.Set(&c.AcceptBacklog, 1024)
	defaults.Set(&c.Streams, 16)
	defaults.Set(&c.SendBuffer, 256<<10)
	defaults.Set(&c.ReceiveBuffer, 256<<10)
	defaults.Set(&c.QueueLimit, 256<<10)
	defaults.Set(&c.StallTimeout, 30*time.Second)
	if c.Budget == nil {
		c.Budget = budget.New(0)
	}
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

// A Network is the kernel's SCTP, as a place for SCTP endpoints.
type Network struct{ config Config }

var _ transport.Network = (*Network)(nil)

// NewNetwork returns a network, whether the kernel has SCTP or not.
func NewNetwork(config Config) *Network {
	return &Network{config: config.withDefaults()}
}

// Available returns nil if the kernel has SCTP. Otherwise it returns an error that wraps
// [ErrUnsupported] and states the reason.
func Available() error { return available() }

// Listen binds an endpoint, and a UDP port with the same number, from which multicast is
// sent. An endpoint bound to all addresses has IPv4 and IPv6.
func (n *Network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	return listen(ctx, n.config, config)
}

// Join becomes a member of a multicast group on the network's interfaces.
func (n *Network) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return multicast.Join(ctx, group, n.config.Interfaces)
}
