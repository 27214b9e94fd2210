package udpsctp

import (
	"errors"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// oobLen is the room for the control messages of a datagram.
const oobLen = 128

// setOptions makes the system report ICMP errors with the quoted datagram, and the
// destination of each received datagram. A privileged process gets the whole buffer for
// received datagrams, whatever net.core.rmem_max is.
func (s *socket) setOptions() error {
	level, options := unix.IPPROTO_IP, []int{unix.IP_RECVERR, unix.IP_PKTINFO}
	if s.bound.Is6() {
		level, options = unix.IPPROTO_IPV6, []int{unix.IPV6_RECVERR, unix.IPV6_RECVPKTINFO}
	}
	var err error
	if e := s.raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, socketBuffer)
		for _, o := range options {
			err = errors.Join(err, os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), level, o, 1)))
		}
	}); e != nil {
		return e
	}
	return err
}

// destination returns the destination in the control messages of a datagram.
func destination(oob []byte) netip.Addr {
	for len(oob) > 0 {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return netip.Addr{}
		}
		switch {
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			return netip.AddrFrom4((*unix.Inet4Pktinfo)(unsafe.Pointer(&data[0])).Addr)
		case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			return netip.AddrFrom16((*unix.Inet6Pktinfo)(unsafe.Pointer(&data[0])).Addr)
		}
		oob = rest
	}
	return netip.Addr{}
}

// sourceMessage returns the control message that sets the source of a datagram.
func sourceMessage(src netip.Addr) []byte {
	if src.Is4() {
		return unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: src.As4()})
	}
	return unix.PktInfo6(&unix.Inet6Pktinfo{Addr: src.As16()})
}
