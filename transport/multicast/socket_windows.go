package multicast

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// listenGroup opens a socket bound to the group's port, with address reuse.
// Windows refuses to bind to a group's address.
func listenGroup(group netip.AddrPort, _ *net.Interface) (*net.UDPConn, error) {
	network, wildcard := "udp4", netip.IPv4Unspecified()
	if group.Addr().Is6() {
		network, wildcard = "udp6", netip.IPv6Unspecified()
	}
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return control(c, allowReuse)
	}}
	return asUDP(config.ListenPacket(context.Background(), network, netip.AddrPortFrom(wildcard, group.Port()).String()))
}

// allowReuse lets sockets be bound beside this one.
func allowReuse(fd uintptr) error {
	return os.NewSyscallError("setsockopt",
		syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
}

// ignoreOtherGroups has nothing to do: a socket gets only what it has joined.
func ignoreOtherGroups(uintptr) error { return nil }
