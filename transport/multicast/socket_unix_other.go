//go:build unix && !linux

package multicast

import "golang.org/x/sys/unix"

// setGroupOptions prepares a receiver's socket before bind. BSD systems require
// SO_REUSEPORT of sockets bound to the same address.
func setGroupOptions(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// ignoreOtherGroups does nothing: on these systems, a socket gets only datagrams for
// groups that it has joined.
func ignoreOtherGroups(uintptr) error { return nil }
