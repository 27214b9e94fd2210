//go:build unix

package multicast

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// listenGroup opens a socket bound to the group's address and port, with address reuse.
// Package net would bind to the wildcard address, and take datagrams meant for an
// endpoint.
func listenGroup(group netip.AddrPort, ifi *net.Interface) (*net.UDPConn, error) {
	family, sa := sockaddr(group, ifi)
	fd, err := socket(family)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "multicast")
	defer file.Close() // The connection has a duplicate.
	if err := setGroupOptions(fd); err != nil {
		return nil, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, sa); err != nil {
		return nil, fmt.Errorf("bind %v: %w", group, os.NewSyscallError("bind", err))
	}
	return asUDP(net.FilePacketConn(file))
}

// sockaddr returns a group's address family, and its address for bind. An address with
// the scope of a link is bound to the interface.
func sockaddr(group netip.AddrPort, ifi *net.Interface) (int, unix.Sockaddr) {
	addr := group.Addr()
	if addr.Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(group.Port()), Addr: addr.As4()}
	}
	sa := &unix.SockaddrInet6{Port: int(group.Port()), Addr: addr.As16()}
	if addr.IsLinkLocalMulticast() || addr.IsInterfaceLocalMulticast() {
		sa.ZoneId = uint32(ifi.Index)
	}
	return unix.AF_INET6, sa
}

// socket returns a UDP socket that child processes do not inherit.
func socket(family int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	return fd, nil
}

// allowReuse lets other sockets bind the same address, if they allow reuse too.
func allowReuse(fd uintptr) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
}
