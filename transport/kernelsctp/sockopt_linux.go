//go:build linux && !386

package kernelsctp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"
)

// Options that the library does not have.
const (
	optPeelOffFlags = 122 // SCTP_SOCKOPT_PEELOFF_FLAGS
	optInterleave   = 18  // SCTP_FRAGMENT_INTERLEAVE
	optExposePF     = 131 // SCTP_EXPOSE_POTENTIALLY_FAILED_STATE
)

// The sizes of sockaddr_storage and struct sctp_paddrinfo, in octets.
const (
	storageLen  = 128
	addrInfoLen = 4 + storageLen + 20
)

// setOption sets an option of the socket to a list of 32-bit numbers.
func (s *socket) setOption(name int, values ...uint32) error {
	var b []byte
	for _, v := range values {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return s.setOptionBytes(name, b)
}

func (s *socket) setOptionBytes(name int, b []byte) error {
	err := s.control(func() error { return unix.SetsockoptString(s.fd, sctp.SOL_SCTP, name, string(b)) })
	return os.NewSyscallError("setsockopt", err)
}

// getOption reads an option into b. The start of b holds the input for the kernel. The
// size that the kernel returns is ignored: for lists of addresses, it leaves out their
// header.
func (s *socket) getOption(name int, b []byte) error {
	n := uint32(len(b))
	return s.control(func() error {
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), sctp.SOL_SCTP, uintptr(name),
			uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&n)), 0)
		if errno != 0 {
			return os.NewSyscallError("getsockopt", errno)
		}
		return nil
	})
}

// setUp sets the options for all associations of the socket.
func (s *socket) setUp(c Config) error {
	ms := func(d time.Duration) uint32 { return uint32(d.Milliseconds()) }

	initMsg := make([]byte, 8) // struct sctp_initmsg
	binary.NativeEndian.PutUint16(initMsg[0:], c.Streams)
	binary.NativeEndian.PutUint16(initMsg[2:], c.Streams)
	// HandshakeTimeout ends the handshake, not the kernel's number of attempts. The
	// kernel would report the failure of its last attempt like a refusal.
	binary.NativeEndian.PutUint16(initMsg[4:], 0xffff)
	binary.NativeEndian.PutUint16(initMsg[6:], uint16(min(ms(c.RTOMax), 0xffff)))

	assoc := make([]byte, 20) // struct sctp_assocparams; 0: unchanged
	binary.NativeEndian.PutUint16(assoc[4:], uint16(min(c.MaxMissed, 0xffff)))

	// struct sctp_paddrparams, which is packed.
	path := make([]byte, 156)
	binary.NativeEndian.PutUint32(path[132:], ms(c.HeartbeatInterval/2))
	binary.NativeEndian.PutUint16(path[136:], c.pathMaxRetrans())
	const heartbeatEnable = 1
	binary.NativeEndian.PutUint32(path[146:], heartbeatEnable)

	sackFrequency := uint32(2)
	if c.SACKDelay == 0 {
		sackFrequency = 1
	}
	const events = sctp.SCTP_EVENT_DATA_IO | sctp.SCTP_EVENT_ASSOCIATION | sctp.SCTP_EVENT_ADDRESS |
		sctp.SCTP_EVENT_SHUTDOWN | sctp.SCTP_EVENT_PARTIAL_DELIVERY
	err := errors.Join(
		s.control(func() error { return s.lib.SubscribeEvents(events) }),
		s.abortOnClose(),
		s.setOptionBytes(sctp.SCTP_INITMSG, initMsg),
		s.setOptionBytes(sctp.SCTP_ASSOCINFO, assoc),
		s.setOptionBytes(sctp.SCTP_PEER_ADDR_PARAMS, path),
		s.setOption(sctp.SCTP_RTOINFO, 0, ms(c.RTOMin), ms(c.RTOMax), ms(c.RTOMin)),
		s.setOption(sctp.SCTP_DELAYED_SACK, 0, ms(c.SACKDelay), sackFrequency),
		s.setOption(sctp.SCTP_NODELAY, 1),
		// An incomplete message of an association must not delay other associations.
		s.setOption(optInterleave, 1),
	)
	// These events report failing paths. They distinguish a silent peer from a peer that
	// aborts without a cause. Kernels before 5.5 do not have them.
	const enable = 2
	_ = s.setOption(optExposePF, 0, enable)
	// Larger buffers help, but are not required.
	_ = s.control(func() error {
		return errors.Join(s.lib.SetWriteBuffer(c.SendBuffer), s.lib.SetReadBuffer(c.ReceiveBuffer))
	})
	return err
}

// setV6Only limits an IPv6 socket to IPv6, unless the addresses to bind need IPv4 too.
func (s *socket) setV6Only(addrs []netip.Addr) error {
	v6only := 1
	if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Is4() || a.IsUnspecified() }) {
		v6only = 0
	}
	return s.control(func() error { return unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, v6only) })
}

// pathMaxRetrans returns Path.Max.Retrans (RFC 9260, 16).
func (c Config) pathMaxRetrans() uint16 { return uint16(min(max(c.MaxMissed-1, 1), 0xff)) }

// allowForPaths sets Association.Max.Retrans for an association with several paths.
// Timeouts on all paths count towards that number, including heartbeats, so a short
// silence would end the association. The number must not exceed the sum over the paths.
func (s *socket) allowForPaths(id assocID, paths int, c Config) {
	if paths < 2 {
		return
	}
	b := make([]byte, 20)
	binary.NativeEndian.PutUint32(b, uint32(id))
	binary.NativeEndian.PutUint16(b[4:], uint16(min(paths*int(c.pathMaxRetrans()), 0xffff)))
	_ = s.setOptionBytes(sctp.SCTP_ASSOCINFO, b) // An association that has ended needs no option.
}

// abortOnClose makes closing the descriptor abort its associations, as at the end of a
// process. Otherwise the kernel would shut them down gracefully. Peers would take a crash
// for an orderly end, and a silent peer would block the port for minutes.
func (s *socket) abortOnClose() error {
	return s.control(func() error {
		return unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	})
}

// peelOff makes a socket for a single association.
func (s *socket) peelOff(id assocID) (*socket, error) {
	b := make([]byte, 12) // sctp_peeloff_flags_arg_t
	binary.NativeEndian.PutUint32(b, uint32(id))
	binary.NativeEndian.PutUint32(b[8:], unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err := s.getOption(optPeelOffFlags, b); err != nil {
		return nil, err
	}
	own, err := newSocket(int(int32(binary.NativeEndian.Uint32(b[4:]))))
	if err != nil {
		return nil, err
	}
	if err := own.abortOnClose(); err != nil {
		return nil, errors.Join(err, own.file.Close())
	}
	return own, nil
}

// findID returns the association with an address of a peer.
func (s *socket) findID(peer netip.AddrPort) (assocID, error) {
	b := make([]byte, addrInfoLen)
	copy(b[4:], libAddr([]netip.Addr{peer.Addr()}, peer.Port()).ToRawSockAddrBuf())
	if err := s.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, b); err != nil {
		return 0, err
	}
	return assocID(binary.NativeEndian.Uint32(b)), nil
}

// rtt returns the smoothed round-trip time to the primary address of an association, 0
// without an association.
func (s *socket) rtt(id assocID) time.Duration {
	const addrInfoAt = 24
	b := make([]byte, addrInfoAt+addrInfoLen)
	binary.NativeEndian.PutUint32(b, uint32(id))
	if s.getOption(sctp.SCTP_STATUS, b) != nil {
		return 0
	}
	return time.Duration(binary.NativeEndian.Uint32(b[addrInfoAt+4+storageLen+8:])) * time.Millisecond
}

// addrs returns the addresses of an association, by SCTP_GET_LOCAL_ADDRS or
// SCTP_GET_PEER_ADDRS.
func (s *socket) addrs(name int, id assocID) []netip.AddrPort {
	b := make([]byte, 8<<10)
	binary.NativeEndian.PutUint32(b, uint32(id))
	if s.getOption(name, b) != nil {
		return nil
	}
	n := binary.NativeEndian.Uint32(b[4:])
	b = b[8:]
	var list []netip.AddrPort
	for range n {
		addr, size := parseSockaddr(b)
		if size == 0 {
			break
		}
		if !slices.Contains(list, addr) {
			list = append(list, addr)
		}
		b = b[size:]
	}
	return list
}

// parseSockaddr parses a socket address, and returns its size. The size is 0 if b does
// not start with an IP socket address.
func parseSockaddr(b []byte) (netip.AddrPort, int) {
	if len(b) < unix.SizeofSockaddrInet4 {
		return netip.AddrPort{}, 0
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch family := binary.NativeEndian.Uint16(b); {
	case family == unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), port), unix.SizeofSockaddrInet4
	case family == unix.AF_INET6 && len(b) >= unix.SizeofSockaddrInet6:
		addr := netip.AddrFrom16([16]byte(b[8:])).Unmap()
		if scope := binary.NativeEndian.Uint32(b[24:]); scope != 0 && addr.IsLinkLocalUnicast() {
			addr = addr.WithZone(zoneName(int(scope)))
		}
		return netip.AddrPortFrom(addr, port), unix.SizeofSockaddrInet6
	}
	return netip.AddrPort{}, 0
}

// zoneName returns the name of an interface.
func zoneName(index int) string {
	if ifi, err := net.InterfaceByIndex(index); err == nil {
		return ifi.Name
	}
	return strconv.Itoa(index)
}
