package multicast

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// Listen opens the UDP socket of an endpoint whose port number may be the port number of
// a group too. The network is "udp4", "udp6" or "udp"; "udp" is dual-stack if addr is the
// zero Addr or ::. The endpoint's socket and the sockets of [Join] do not disturb each
// other, and the endpoint gets no datagrams for groups. The error is EADDRINUSE, as
// usual, if another socket has the port at an address of the new socket.
func Listen(ctx context.Context, network string, addr netip.Addr, port uint16) (*net.UDPConn, error) {
	var config net.ListenConfig
	if addr.IsValid() && !addr.IsUnspecified() {
		return listen(ctx, config, network, addr, port)
	}
	if port == 0 {
		// With address reuse, the system might choose the port of another endpoint. So
		// reuse is allowed after the choice.
		conn, err := listen(ctx, config, network, addr, port)
		if err != nil {
			return nil, err
		}
		if err := share(conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}

	// Between sockets with address reuse, bind refuses no address. Listen therefore first
	// takes every address without reuse, and then allows reuse. It gives the addresses
	// back once the wildcard address is bound. So two endpoints can never succeed at the
	// same port.
	guards, err := takeAddrs(ctx, network, port)
	defer func() {
		for _, g := range guards {
			_ = g.Close() // The error does not matter.
		}
	}()
	if err != nil {
		return nil, err
	}
	config.Control = func(_, _ string, c syscall.RawConn) error {
		return errors.Join(control(c, allowReuse), control(c, ignoreOtherGroups))
	}
	return listen(ctx, config, network, addr, port)
}

// listen opens a UDP socket.
func listen(ctx context.Context, config net.ListenConfig, network string, addr netip.Addr, port uint16) (*net.UDPConn, error) {
	host := ""
	if addr.IsValid() {
		host = addr.String()
	}
	return asUDP(config.ListenPacket(ctx, network, net.JoinHostPort(host, strconv.Itoa(int(port)))))
}

// asUDP converts the result of opening a socket to a UDP socket.
func asUDP(conn net.PacketConn, err error) (*net.UDPConn, error) {
	if err != nil {
		return nil, err
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("multicast: not a UDP socket: %T", conn), conn.Close())
	}
	return udp, nil
}

// takeAddrs binds a port at every address of the host, and then allows reuse.
func takeAddrs(ctx context.Context, network string, port uint16) ([]*net.UDPConn, error) {
	list, err := allInterfaces()
	if err != nil {
		return nil, err
	}
	var guards []*net.UDPConn
	for _, ifi := range list {
		for _, p := range ifi.prefixes {
			if network == "udp4" && !p.Addr().Is4() || network == "udp6" && !p.Addr().Is6() {
				continue
			}
			addr := p.Addr()
			if addr.IsLinkLocalUnicast() && addr.Is6() {
				addr = addr.WithZone(ifi.Name)
			}
			g, err := listen(ctx, net.ListenConfig{}, "udp", addr, port)
			if errors.Is(err, syscall.EADDRNOTAVAIL) {
				continue // The address is still being verified (IPv6), or has just been removed.
			}
			if err != nil {
				return guards, err
			}
			guards = append(guards, g)
			if err := share(g); err != nil {
				return guards, err
			}
		}
	}
	return guards, nil
}

// share allows reuse of a bound socket's address, and keeps datagrams of groups away from
// the socket.
func share(conn *net.UDPConn) error {
	c, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return errors.Join(control(c, allowReuse), control(c, ignoreOtherGroups))
}

// control runs set with the descriptor of a socket.
func control(c syscall.RawConn, set func(fd uintptr) error) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = set(fd) }); e != nil {
		return e
	}
	return err
}
