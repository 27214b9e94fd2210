//go:build !linux

package udpsctp

import "net/netip"

// readErrors does nothing: these systems do not report the errors of an unconnected
// socket.
func (s *socket) readErrors(func(dst netip.AddrPort, quote []byte)) error { return nil }
