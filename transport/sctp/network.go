package sctp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/kernelsctp"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// A Kind selects the protocol below SCTP.
type Kind string

// The kinds.
const (
	// Auto selects both if the kernel has SCTP, and SCTP in UDP otherwise.
	Auto Kind = "auto"
	// Kernel selects the kernel's SCTP alone.
	Kernel Kind = "kernel"
	// UDP selects SCTP in UDP (RFC 6951) alone.
	UDP Kind = "udp"
)

// kernelIDs is added to the numbers of the kernel's associations in an endpoint over
// both. So these numbers differ from the numbers of SCTP in UDP.
const kernelIDs = 1 << 48

// Config sets up a network. For every field, zero means the default.
type Config struct {
	// Kind selects the transport. Default: Auto.
	Kind Kind

	// HeartbeatInterval is the time between two heartbeats to a peer. A silent peer is
	// given up after about five intervals. Default: 2 s.
	HeartbeatInterval time.Duration

	// HeadStart is the time after which Dial tries SCTP in UDP beside the kernel's SCTP.
	// Default: 1 s.
	HeadStart time.Duration

	// MaxAssociations bounds the associations of an endpoint over each kind. Default: 4096.
	MaxAssociations int

	// MaxAssociationsPerSource bounds the associations of an endpoint, over each kind, with a
	// single source: an IPv4 address, or the /64 network of an IPv6 address. Default: 256.
	MaxAssociationsPerSource int

	// Budget bounds the memory for the data of all associations. Beyond the budget, the
	// associations that hold most are aborted. Several networks may share a budget. Default:
	// a budget of [budget.Default] octets for the network.
	Budget *budget.Budget

	// Interfaces names the interfaces to which multicast is limited. Default: loopback,
	// and every interface that is up and capable of multicast.
	Interfaces []string

	// HopLimit is the TTL (IPv4) or hop limit (IPv6) of datagrams to multicast groups, from 1
	// to 255. Default: 30, as in RSPLIB.
	HopLimit int

	// Log gets a line with the choice and its reason: at level Info if the program asks
	// for a kind, or if Auto cannot use the SCTP that the kernel has; otherwise at Debug.
	// Default: no log.
	Log *slog.Logger
}

// New returns the network that the configuration selects. If Kind is Kernel and the
// kernel has no SCTP, Listen of the network returns [kernelsctp.ErrUnsupported].
func New(config Config) transport.Network { return choose(config, kernelsctp.Available()) }

// choose returns the selected network. The error missing states why the kernel's SCTP is
// not available; nil means available.
func choose(config Config, missing error) *network {
	defaults.Set(&config.HeadStart, time.Second)
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Budget == nil {
		config.Budget = budget.New(0)
	}
	udp := udpsctp.NewNetwork(udpsctp.Config{
		HeartbeatInterval:        config.HeartbeatInterval,
		MaxAssociations:          config.MaxAssociations,
		MaxAssociationsPerSource: config.MaxAssociationsPerSource,
		Budget:                   config.Budget,
		Interfaces:               config.Interfaces,
		HopLimit:                 config.HopLimit,
	})
	kernel := kernelsctp.Config{
		HeartbeatInterval:        config.HeartbeatInterval,
		MaxAssociations:          config.MaxAssociations,
		MaxAssociationsPerSource: config.MaxAssociationsPerSource,
		Budget:                   config.Budget,
		Interfaces:               config.Interfaces,
		HopLimit:                 config.HopLimit,
	}
	n := &network{log: config.Log, level: slog.LevelInfo}
	switch {
	case config.Kind == Kernel:
		n.Network, n.what, n.why = kernelsctp.NewNetwork(kernel), "kernel SCTP", "as configured"
	case config.Kind == UDP:
		n.Network, n.what, n.why = udp, "SCTP in UDP", "as configured"
	case missing != nil:
		n.Network, n.what, n.why = udp, "SCTP in UDP", missing.Error()
		if errors.Is(missing, kernelsctp.ErrUnsupported) {
			n.level = slog.LevelDebug
		}
	default:
		n.level = slog.LevelDebug
		kernel.NoMulticast = true // SCTP in UDP has the UDP port, and sends multicast.
		kernel.FirstID = kernelIDs
		n.Network = &both{kernel: kernelsctp.NewNetwork(kernel), udp: udp, headStart: config.HeadStart}
		n.what, n.why = "kernel SCTP, and SCTP in UDP", "the kernel has SCTP"
	}
	return n
}

// A network is the selected network. The first successful Listen logs the choice.
type network struct {
	transport.Network
	what, why string
	log       *slog.Logger
	level     slog.Level // of the choice
	logged    sync.Once
}

// Listen binds an endpoint.
func (n *network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	e, err := n.Network.Listen(ctx, config)
	switch {
	case err == nil:
		n.logged.Do(func() { n.log.Log(ctx, n.level, "transport chosen", "transport", n.what, "why", n.why) })
	case errors.Is(err, kernelsctp.ErrUnsupported):
		err = fmt.Errorf("%w; the transports \"udp\" and \"auto\" do without", err)
	}
	return e, err
}

// A both is a network over kernel SCTP and SCTP in UDP.
type both struct {
	kernel, udp transport.Network
	headStart   time.Duration
}

var _ transport.Network = (*both)(nil)

// Listen binds an endpoint that has the same port number in both.
func (n *both) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	return onetomany.Bind(config.Port, func() (transport.Endpoint, error) { return n.bind(ctx, config) })
}

// bind binds an endpoint over SCTP in UDP, and then an endpoint over kernel SCTP to the
// same port number.
func (n *both) bind(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	udp, err := n.udp.Listen(ctx, config)
	if err != nil {
		return nil, err
	}
	// A host without addresses may get some later. Until then, a given port is enough.
	if addrs := udp.LocalAddrs(); len(addrs) > 0 {
		config.Port = addrs[0].Port()
	}
	if config.Port == 0 {
		return nil, errors.Join(errors.New("sctp: the host has no address"), udp.Close())
	}
	kernel, err := n.kernel.Listen(ctx, config)
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	return newEndpoint(kernel, udp, n.headStart, config.NoAccept), nil
}

// Join becomes a member of a multicast group.
func (n *both) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return n.udp.Join(ctx, group)
}
