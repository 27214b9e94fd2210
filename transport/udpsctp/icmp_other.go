//go:build !linux

package udpsctp

import "net/netip"

// readErrors does nothing: the errors of an unconnected socket cannot be read.
func (s *socket) readErrors(func(dst netip.AddrPort, quote []byte)) error { return nil }
