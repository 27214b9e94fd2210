package cli

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// NetworkFlags say by which transport SCTP goes.
type NetworkFlags struct {
	Transport string        `enum:"auto,udp" default:"auto" placeholder:"auto|udp" help:"What SCTP runs over: udp (RFC 6951, in user space; the UDP port is the SCTP port), or auto. Default: ${default}."`
	Interface []networkName `placeholder:"NAME" help:"Send and hear multicast on this network interface only; repeatable. Default: on all that can, and loopback."`

	// Heartbeat is the time between two heartbeats to a peer; one that is silent is
	// given up after five. 0: 2 seconds. It is for the program to set.
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

// Network returns the network, and logs which transport it is.
func (f *NetworkFlags) Network(log *slog.Logger) transport.Network {
	log.Debug("transport chosen", "transport", "udp", "wanted", f.Transport)
	var interfaces []string
	for _, n := range f.Interface {
		interfaces = append(interfaces, string(n))
	}
	return udpsctp.NewNetwork(udpsctp.Config{
		HeartbeatInterval: f.Heartbeat,
		Interfaces:        interfaces,
	})
}
