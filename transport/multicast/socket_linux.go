package multicast

import (
	"errors"

	"golang.org/x/sys/unix"
)

// setGroupOptions prepares a receiver's socket before bind. With SO_REUSEADDR, every
// socket gets each datagram. SO_REUSEPORT would add nothing, and would refuse receivers
// of other users, and of programs that do not set it.
func setGroupOptions(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return ignoreOtherGroups(uintptr(fd))
}

// ignoreOtherGroups limits a socket to the groups and interfaces that the socket itself
// has joined. By default, a socket gets the datagrams of all groups that any socket on
// the host has joined.
func ignoreOtherGroups(fd uintptr) error {
	err := unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0)
	if err != nil {
		return err
	}
	err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0)
	if errors.Is(err, unix.ENOPROTOOPT) {
		return nil // An IPv4 socket, or a kernel before 4.20.
	}
	return err
}
