package cli

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
)

// NetworkFlags choose the protocol below SCTP.
type NetworkFlags struct {
	Transport string        `enum:"auto,kernel,udp" default:"auto" placeholder:"auto|kernel|udp" help:"Transport: kernel (SCTP of the kernel), udp (SCTP in UDP, RFC 6951, in user space; the UDP port is the SCTP port), or auto (both if the kernel has SCTP, otherwise udp). Default: ${default}."`
	Interface []networkName `placeholder:"NAME" help:"Network interface for multicast; repeatable. Default: loopback and all interfaces capable of multicast."`

	// Heartbeat is the time between two heartbeats to a peer. A peer is given up after five
	// heartbeats without an answer. 0: 2 seconds. The program sets it.
	Heartbeat time.Duration `kong:"-"`
}

// networkName is the name of a network interface.
type networkName string

// UnmarshalText takes the name of an interface that the host has.
func (n *networkName) UnmarshalText(text []byte) error {
	if _, err := net.InterfaceByName(string(text)); err != nil {
		return fmt.Errorf("there is no network interface %q", text)
	}
	*n = networkName(text)
	return nil
}

// Network returns the network. It logs the chosen transport.
func (f *NetworkFlags) Network(log *slog.Logger) transport.Network {
	var interfaces []string
	for _, n := range f.Interface {
		interfaces = append(interfaces, string(n))
	}
	return sctp.New(sctp.Config{
		Kind:              sctp.Kind(f.Transport),
		HeartbeatInterval: f.Heartbeat,
		Interfaces:        interfaces,
		Log:               log,
	})
}
