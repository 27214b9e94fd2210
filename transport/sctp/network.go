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
	"github.com/rserpool-go/rserpool/transport/internal/defaults"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/kernelsctp"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// A Kind is what SCTP is to run over.
type Kind string

// The kinds.
const (
	// Auto is both where the kernel has SCTP, else UDP.
	Auto Kind = "auto"
	// Kernel is the kernel's SCTP alone.
	Kernel Kind = "kernel"
	// UDP is SCTP in UDP (RFC 6951) alone.
	UDP Kind = "udp"
)

// kernelIDs is where the numbers of the kernel's associations begin in an
// endpoint over both.
const kernelIDs = 1 << 48

// Config sets up a network. For every field, zero means the default.
type Config struct {
	// Kind is the choice. Default: Auto.
	Kind Kind

	// HeartbeatInterval is the time between two heartbeats to a peer. A silent one is
	// given up about five intervals later. Default: 2 s.
	HeartbeatInterval time.Duration

	// HeadStart is the time that Dial gives the kernel's SCTP before it tries
	// SCTP in UDP too. Default: 1 s.
	HeadStart time.Duration

	// Interfaces names the interfaces that multicast is limited to. Default: all
	// that are up and can do multicast, and loopback.
	Interfaces []string

	// Log takes one line that tells what was chosen and why. Default: none.
	Log *slog.Logger
}

// New returns the network that was chosen. Where Kernel was and the kernel has no
// SCTP, its Listen tells.
func New(config Config) transport.Network { return choose(config, kernelsctp.Available()) }

// choose returns the network, given why the kernel's SCTP is not available.
func choose(config Config, missing error) *network {
	defaults.Set(&config.HeadStart, time.Second)
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	udp := udpsctp.NewNetwork(udpsctp.Config{HeartbeatInterval: config.HeartbeatInterval, Interfaces: config.Interfaces})
	kernel := kernelsctp.Config{HeartbeatInterval: config.HeartbeatInterval, Interfaces: config.Interfaces}
	n := &network{log: config.Log}
	switch {
	case config.Kind == Kernel:
		n.Network, n.what, n.why = kernelsctp.NewNetwork(kernel), "kernel SCTP", "as wanted"
	case config.Kind == UDP:
		n.Network, n.what, n.why = udp, "SCTP in UDP", "as wanted"
	case missing != nil:
		n.Network, n.what, n.why = udp, "SCTP in UDP", missing.Error()
	default:
		kernel.NoMulticast = true // The UDP port belongs to SCTP in UDP, which sends multicast too.
		kernel.FirstID = kernelIDs
		n.Network = &both{kernel: kernelsctp.NewNetwork(kernel), udp: udp, headStart: config.HeadStart}
		n.what, n.why = "kernel SCTP, and SCTP in UDP", "the kernel has SCTP"
	}
	return n
}

// network is the network that was chosen. It tells so when it is first used.
type network struct {
	transport.Network
	what, why string
	log       *slog.Logger
	logged    sync.Once
}

// Listen binds an endpoint.
func (n *network) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	e, err := n.Network.Listen(ctx, config)
	switch {
	case err == nil:
		n.logged.Do(func() { n.log.Info("transport chosen", "transport", n.what, "why", n.why) })
	case errors.Is(err, kernelsctp.ErrUnsupported):
		err = fmt.Errorf("%w; the transports \"udp\" and \"auto\" do without", err)
	}
	return e, err
}

// both is a network over kernel SCTP and SCTP in UDP.
type both struct {
	kernel, udp transport.Network
	headStart   time.Duration
}

var _ transport.Network = (*both)(nil)

// Listen binds the same port number in both.
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
	return newEndpoint(kernel, udp, n.headStart), nil
}

// Join becomes a member of a multicast group.
func (n *both) Join(ctx context.Context, group netip.AddrPort) (transport.Group, error) {
	return n.udp.Join(ctx, group)
}
