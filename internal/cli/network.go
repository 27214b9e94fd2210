package cli

import (
	"log/slog"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// NetworkFlags say by which transport SCTP goes.
type NetworkFlags struct {
	Transport string   `enum:"auto,udp" default:"auto" help:"SCTP over: auto or udp (RFC 6951, in user space; the port number is that of SCTP). Default: ${default}."`
	Interface []string `placeholder:"NAME" help:"Send and hear multicast on this interface only; repeatable. Default: on all, and loopback."`
}

// heartbeat intervals; a silent peer is given up after five of them.
const heartbeatInterval = 2 * time.Second

// Network returns the network, and logs which transport it is.
func (f *NetworkFlags) Network(log *slog.Logger) transport.Network {
	log.Debug("transport chosen", "transport", "udp", "wanted", f.Transport)
	return udpsctp.NewNetwork(udpsctp.Config{
		HeartbeatInterval: heartbeatInterval,
		Interfaces:        f.Interface,
		Logger:            log,
	})
}
