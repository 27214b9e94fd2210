package udpsctp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// datagramMax is the size of the receive buffer, the largest size of a UDP datagram.
const datagramMax = 64 << 10

// socketBuffer is the requested size of a socket's buffers, in octets. The system may
// give less.
const socketBuffer = 4 << 20

// A socket is a UDP socket of an endpoint, for a single IP version.
type socket struct {
	conn   *net.UDPConn
	raw    syscall.RawConn
	bound  netip.Addr // Unspecified if bound to all addresses.
	sender *multicast.Sender
	impair impairment // For tests; nil: no impairment.
}

// An impairment replaces the wire in tests. For each outgoing datagram it may call send
// at any time, and any number of times.
type impairment func(b []byte, send func(b []byte))

// A path is the way to a peer. Paths are immutable.
type path struct {
	sock   *socket
	remote netip.AddrPort
	local  netip.Addr // The zero Addr: the system chooses.
	oob    []byte     // The control message that makes local the source.
}

func newPath(s *socket, remote netip.AddrPort, local netip.Addr) *path {
	p := &path{sock: s, remote: remote, local: local}
	if !s.bound.IsUnspecified() {
		p.local = s.bound
	} else if local.IsValid() {
		p.oob = sourceMessage(local)
	}
	return p
}

// openSockets binds the sockets of an endpoint to the same port: a socket for each
// address. Without addresses, it binds a socket for each IP version of the host.
func openSockets(ctx context.Context, addrs []netip.Addr, port uint16, sending multicast.Config) ([]*socket, error) {
	socks, err := onetomany.Bind(port, func() ([]*socket, error) { return bindAll(ctx, addrs, port, sending) })
	if err != nil {
		return nil, fmt.Errorf("udpsctp: %w", err)
	}
	return socks, nil
}

// bindAll makes a single attempt to bind the sockets of an endpoint.
func bindAll(ctx context.Context, addrs []netip.Addr, port uint16, sending multicast.Config) (socks []*socket, err error) {
	defer func() {
		if err != nil {
			for _, s := range socks {
				err = errors.Join(err, s.conn.Close())
			}
		}
	}()
	wildcard := len(addrs) == 0
	if wildcard {
		addrs = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	}
	for i, addr := range addrs {
		s, err := bind(ctx, addr.Unmap(), port, sending)
		if wildcard && isFamilyMissing(err) && (i == 0 || len(socks) > 0) {
			continue // The host lacks this IP version.
		}
		if err != nil {
			return socks, err
		}
		socks = append(socks, s)
		port = s.port()
	}
	if len(socks) == 0 {
		return nil, errors.New("the host has no IP address")
	}
	return socks, nil
}

// isFamilyMissing reports whether bind failed because the host lacks an IP version.
func isFamilyMissing(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EPROTONOSUPPORT)
}

// bind opens a socket.
func bind(ctx context.Context, addr netip.Addr, port uint16, sending multicast.Config) (*socket, error) {
	network := "udp4"
	if addr.Is6() {
		network = "udp6"
	}
	conn, err := multicast.Listen(ctx, network, addr, port)
	if err != nil {
		return nil, err
	}
	// Larger buffers help, but are not required.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	s := &socket{conn: conn, bound: addr}
	if s.raw, err = conn.SyscallConn(); err == nil {
		err = s.setOptions()
	}
	if err == nil {
		s.sender, err = multicast.NewSender(conn, sending)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// port returns the port number of the socket.
func (s *socket) port() uint16 {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

// read receives a datagram. It returns the source, and the destination if the system
// reports the destination. The oob buffer must have oobLen octets.
func (s *socket) read(b, oob []byte) (n int, src netip.AddrPort, dst netip.Addr, err error) {
	n, oobn, _, src, err := s.conn.ReadMsgUDPAddrPort(b, oob)
	if err != nil {
		return 0, netip.AddrPort{}, netip.Addr{}, err
	}
	src = netip.AddrPortFrom(src.Addr().Unmap(), src.Port())
	dst = s.bound
	if s.bound.IsUnspecified() {
		dst = destination(oob[:oobn])
	}
	return n, src, dst, nil
}

// write sends a datagram, and does not keep b. The system may report the error of an
// earlier datagram; write then sends again.
func (p *path) write(b []byte) error {
	if p.sock.impair != nil {
		p.sock.impair(append([]byte(nil), b...), func(b []byte) { _ = p.send(b) })
		return nil
	}
	return p.send(b)
}

func (p *path) send(b []byte) error {
	for tries := 0; ; tries++ {
		_, _, err := p.sock.conn.WriteMsgUDPAddrPort(b, p.oob, p.remote)
		switch {
		case err == nil, errors.Is(err, net.ErrClosed):
			return err
		case errors.Is(err, syscall.ENOBUFS):
			return nil // The interface's queue is full: the datagram is lost.
		}
		// The error may belong to an earlier datagram. In that case this call has taken
		// the error from the reader. The deadline wakes the reader, which then reads the
		// ICMP message.
		_ = p.sock.conn.SetReadDeadline(time.Unix(1, 0))
		if tries == 3 {
			return err
		}
	}
}
