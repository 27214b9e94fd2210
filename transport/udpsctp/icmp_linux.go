package udpsctp

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// sizeofExtendedErr is the size of struct sock_extended_err.
const sizeofExtendedErr = 16

// readErrors calls report for each ICMP error that a socket has received. dst is the
// destination of the datagram that failed. quote is the part of that datagram in the ICMP
// message.
func (s *socket) readErrors(report func(dst netip.AddrPort, quote []byte)) error {
	var quote [512]byte
	var oob [256]byte
	return s.raw.Control(func(fd uintptr) {
		// The bound lets the reader go on during a flood of errors.
		for range 1024 {
			n, oobn, _, from, err := unix.Recvmsg(int(fd), quote[:], oob[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
			if err != nil {
				return
			}
			if dst, ok := parseDestination(from); ok && isPortUnreachable(oob[:oobn]) {
				report(dst, quote[:n])
			}
		}
	})
}

// parseDestination converts a datagram's destination.
func parseDestination(sa unix.Sockaddr) (netip.AddrPort, bool) {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)), true
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port)), true
	}
	return netip.AddrPort{}, false
}

// isPortUnreachable reports whether an error is an ICMP or ICMPv6 destination unreachable
// message with code port unreachable. Other errors do not mean that the peer is gone.
func isPortUnreachable(oob []byte) bool {
	for len(oob) > 0 {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return false
		}
		received := h.Level == unix.IPPROTO_IP && h.Type == unix.IP_RECVERR ||
			h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_RECVERR
		if received && len(data) >= sizeofExtendedErr {
			errno, origin, typ, code := binary.NativeEndian.Uint32(data), data[4], data[5], data[6]
			return errno == uint32(unix.ECONNREFUSED) &&
				(origin == unix.SO_EE_ORIGIN_ICMP && typ == 3 && code == 3 ||
					origin == unix.SO_EE_ORIGIN_ICMP6 && typ == 1 && code == 4)
		}
		oob = rest
	}
	return false
}
