//go:build unix && !linux

package multicast

import "golang.org/x/sys/unix"

// setGroupOptions prepares a receiver's socket before bind. BSD systems want
// SO_REUSEPORT of sockets that are bound to the very same address.
func setGroupOptions(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
}

// ignoreOtherGroups has nothing to do: a socket gets only what it has joined.
func ignoreOtherGroups(uintptr) error { return nil }
