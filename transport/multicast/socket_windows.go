package multicast

import (
	"context"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// listenGroup opens a socket bound to the group's port, with address reuse. Windows
// refuses to bind to the address of a group.
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

// allowReuse lets other sockets bind the same address.
func allowReuse(fd uintptr) error {
	return os.NewSyscallError("setsockopt",
		syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
}

// ignoreOtherGroups does nothing: on Windows, a socket gets only datagrams for groups
// that it has joined.
func ignoreOtherGroups(uintptr) error { return nil }
