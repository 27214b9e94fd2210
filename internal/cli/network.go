package cli

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/sctp"
)

// NetworkFlags say by which transport SCTP goes.
type NetworkFlags struct {
	Transport string        `enum:"auto,kernel,udp" default:"auto" placeholder:"auto|kernel|udp" help:"What SCTP runs over: the kernel's SCTP, udp (RFC 6951, in user space; the UDP port is the SCTP port), or auto: both where the kernel has SCTP, else udp. Default: ${default}."`
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

// Network returns the network, which logs what it runs over and why.
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
