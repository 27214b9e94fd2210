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

// Listen opens the UDP socket of an endpoint whose port number may be a group's
// too, on "udp" (dual-stack if addr is the zero Addr or ::), "udp4" or "udp6".
// Sockets that [Join] opens, before or after, do not disturb it, and it does not
// get their datagrams. Where another socket has the port, on any address that
// the new one would have, the error is EADDRINUSE as usual.
func Listen(ctx context.Context, network string, addr netip.Addr, port uint16) (*net.UDPConn, error) {
	var config net.ListenConfig
	if addr.IsValid() && !addr.IsUnspecified() {
		return listen(ctx, config, network, addr, port)
	}
	if port == 0 {
		// A port that the system chooses with address reuse on might be another
		// endpoint's. So reuse is allowed afterwards.
		conn, err := listen(ctx, config, network, addr, port)
		if err != nil {
			return nil, err
		}
		if err := share(conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}

	// Between sockets with address reuse, bind refuses nothing. So every address
	// is taken without it first, then shared, and given back when the wildcard
	// address is bound: at no time can another endpoint do the same.
	guards, err := takeAddrs(ctx, network, port)
	defer func() {
		for _, g := range guards {
			_ = g.Close() // It has served its purpose.
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

// asUDP returns the result of opening a socket as a UDP socket.
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

// takeAddrs binds a port on every address of the host, and then allows reuse.
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
				continue // An IPv6 address still being verified, or one just gone.
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

// share allows reuse of the address of a socket that is bound already, and keeps
// groups' datagrams away from it.
func share(conn *net.UDPConn) error {
	c, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return errors.Join(control(c, allowReuse), control(c, ignoreOtherGroups))
}

// control applies an option to a socket.
func control(c syscall.RawConn, set func(fd uintptr) error) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = set(fd) }); e != nil {
		return e
	}
	return err
}
