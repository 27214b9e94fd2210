package cli

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/rserpool-go/rserpool/tools/capture"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/sctp"
)

// NetworkFlags choose the protocol below SCTP, and limit the memory for peers.
type NetworkFlags struct {
	Transport string        `enum:"auto,kernel,udp" default:"auto" placeholder:"auto|kernel|udp" help:"Transport: kernel (SCTP of the kernel), udp (SCTP in UDP, RFC 6951, in user space; the UDP port is the SCTP port), or auto (both if the kernel has SCTP, otherwise udp). Default: ${default}."`
	Interface []networkName `placeholder:"NAME" help:"Network interface for multicast; repeatable. Default: loopback and all interfaces capable of multicast."`

	MemoryBudget    limit `default:"128" placeholder:"MB" help:"Memory for data of peers that waits to be sent, read or put together, in MB. Beyond it, the associations that hold most are aborted. Default: ${default}."`
	MaxAssociations limit `default:"4096" placeholder:"N" help:"Associations of an endpoint, over each transport. Default: ${default}."`
	MaxPerSource    limit `name:"max-associations-per-source" default:"256" placeholder:"N" help:"Associations of an endpoint with a single IPv4 address or IPv6 network (/64), over each transport. Default: ${default}."`

	Capture string `placeholder:"FILE" help:"Write the messages of this program to a packet capture (pcapng, for Wireshark and rspdecode), as SCTP over IP. Only the user can read the file (mode 0600); an existing file is overwritten."`

	// Heartbeat is the time between two heartbeats to a peer. A peer is given up after five
	// heartbeats without an answer. 0: 2 seconds. The program sets it.
	Heartbeat time.Duration `kong:"-"`
	// HopLimit is the TTL or hop limit of multicast datagrams. 0: 30. The program sets it.
	HopLimit int `kong:"-"`
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

// limit is a number of associations or of MB.
type limit int

// maxLimit keeps a number of MB far from the largest number of octets.
const maxLimit = 1 << 20

// UnmarshalText takes a number from 1 to maxLimit.
func (l *limit) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > maxLimit {
		return fmt.Errorf("%q is not a number from 1 to %d", text, maxLimit)
	}
	*l = limit(n)
	return nil
}

// associationMemory is the memory of an idle association over SCTP in UDP, in kB.
const associationMemory = 31

// Memory returns the limits of the memory for peers in words.
func (f *NetworkFlags) Memory() string {
	return fmt.Sprintf("%d MB for data of peers; %d kB per association, %d MB for all %d of an endpoint",
		f.MemoryBudget, associationMemory, int(f.MaxAssociations)*associationMemory/1000, f.MaxAssociations)
}

// Network returns the network, which writes a capture if one is wanted. It logs the chosen transport.
func (f *NetworkFlags) Network(log *slog.Logger) transport.Network {
	var interfaces []string
	for _, n := range f.Interface {
		interfaces = append(interfaces, string(n))
	}
	network := sctp.New(sctp.Config{
		Kind:              sctp.Kind(f.Transport),
		HeartbeatInterval: f.Heartbeat,
		Interfaces:        interfaces,
		HopLimit:          f.HopLimit,
		Log:               log,

		Budget:                   budget.New(int64(f.MemoryBudget) << 20),
		MaxAssociations:          int(f.MaxAssociations),
		MaxAssociationsPerSource: int(f.MaxPerSource),
	})
	if f.Capture != "" {
		network = capture.New(network, f.Capture, log)
	}
	return network
}
