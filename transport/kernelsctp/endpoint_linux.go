//go:build linux && !386

package kernelsctp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// An endpoint implements transport.Endpoint.
type endpoint struct {
	*onetomany.Base

	config   Config
	port     uint16
	bound    []netip.Addr // Empty: all addresses.
	v6       bool         // The socket has both IP versions.
	host     hostaddr.Host
	sock     *socket
	noAccept bool           // Associations of peers are refused.
	udp      []*net.UDPConn // The sockets of Senders.

	buffers sync.Pool // Of type *buffer.

	// mu is held while a packet is read and handled, and during each change of an
	// association's state. Calls that may wait are made without mu.
	mu        sync.Mutex
	state     onetomany.State
	lastID    uint64
	assocs    map[assocID]*association
	peers     map[netip.AddrPort]*association // By each address of the peer.
	sources   map[netip.Addr]int              // The number of associations by source.
	dials     map[assocID]*dial
	abandoned map[assocID]bool // Aborted before they came up; the event is still to come.
	shedding  bool             // A goroutine is about to call Shed of the budget.
}

var _ transport.Endpoint = (*endpoint)(nil)

// listen binds an endpoint.
func listen(ctx context.Context, config Config, where transport.ListenConfig) (transport.Endpoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &endpoint{
		Base:      onetomany.NewBase(config.AcceptBacklog),
		config:    config,
		noAccept:  where.NoAccept,
		lastID:    config.FirstID,
		buffers:   sync.Pool{New: func() any { return newBuffer() }},
		assocs:    make(map[assocID]*association),
		peers:     make(map[netip.AddrPort]*association),
		sources:   make(map[netip.Addr]int),
		dials:     make(map[assocID]*dial),
		abandoned: make(map[assocID]bool),
	}
	for _, addr := range where.Addrs {
		addr = addr.Unmap()
		e.bound = append(e.bound, addr)
		e.v6 = e.v6 || addr.Is6()
	}
	return onetomany.Bind(where.Port, func() (transport.Endpoint, error) {
		if err := e.bind(ctx, where.Port); err != nil {
			return nil, err
		}
		e.Running.Go(func() { e.read(e.sock) })
		return e, nil
	})
}

// bind opens the sockets.
func (e *endpoint) bind(ctx context.Context, port uint16) (err error) {
	addrs := e.bound
	if len(addrs) == 0 {
		e.v6 = true
		addrs = []netip.Addr{netip.IPv6Unspecified()}
	}
	family := unix.AF_INET
	if e.v6 {
		family = unix.AF_INET6
	}
	s, err := openSocket(family)
	if errors.Is(err, unix.EAFNOSUPPORT) && len(e.bound) == 0 {
		e.v6 = false
		addrs = []netip.Addr{netip.IPv4Unspecified()}
		s, err = openSocket(unix.AF_INET)
	}
	if err != nil {
		return err
	}
	e.sock = s
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("kernelsctp: %w", err), e.closeSockets())
			e.udp, e.Senders = nil, nil
		}
	}()
	if e.v6 {
		if err := s.setV6Only(addrs); err != nil {
			return err
		}
	}
	if err := s.setUp(e.config); err != nil {
		return err
	}
	err = s.control(func() error { return sctp.SCTPBind(s.fd, libAddr(addrs, port), sctp.SCTP_BINDX_ADD_ADDR) })
	if err != nil {
		return fmt.Errorf("bind to %v, port %d: %w", addrs, port, err)
	}
	e.port = port // For a host without addresses, which may get some later.
	if local := s.addrs(sctp.SCTP_GET_LOCAL_ADDRS, 0); len(local) > 0 {
		e.port = local[0].Port()
	}
	if e.port == 0 {
		return errors.New("bound to no address")
	}
	if !e.config.NoMulticast {
		if err := e.bindUDP(ctx); err != nil {
			return fmt.Errorf("bind UDP port %d, for multicast: %w", e.port, err)
		}
	}
	return s.control(func() error { return unix.Listen(s.fd, unix.SOMAXCONN) })
}

// bindUDP opens the UDP sockets from which multicast is sent.
func (e *endpoint) bindUDP(ctx context.Context) error {
	open := func(network string, addr netip.Addr) error {
		conn, err := multicast.Listen(ctx, network, addr, e.port)
		if err != nil {
			return err
		}
		e.udp = append(e.udp, conn)
		sender, err := multicast.NewSender(conn, multicast.Config{Interfaces: e.config.Interfaces, HopLimit: e.config.HopLimit})
		if err == nil {
			e.Senders = append(e.Senders, onetomany.Sender{Sender: sender, Bound: addr})
		}
		return err
	}
	if len(e.bound) == 0 {
		if !e.v6 {
			return open("udp4", netip.IPv4Unspecified())
		}
		return errors.Join(open("udp4", netip.IPv4Unspecified()), open("udp6", netip.IPv6Unspecified()))
	}
	for _, addr := range e.bound {
		network := "udp4"
		if addr.Is6() {
			network = "udp6"
		}
		if err := open(network, addr); err != nil {
			return err
		}
	}
	return nil
}

func (e *endpoint) closeSockets() error {
	err := e.sock.file.Close()
	for _, conn := range e.udp {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// LocalAddrs implements transport.Endpoint.
func (e *endpoint) LocalAddrs() []netip.AddrPort {
	addrs := e.bound
	if len(addrs) == 0 {
		addrs = e.host.Addrs()
	}
	var list []netip.AddrPort
	for _, addr := range addrs {
		if addr.Is4() || e.v6 {
			list = append(list, netip.AddrPortFrom(addr, e.port))
		}
	}
	hostaddr.Sort(list)
	return list
}

// Shutdown implements transport.Endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	return errors.Join(await.Ends(ctx, e.startShutdown()), e.Close())
}

// startShutdown refuses new associations, starts the shutdown of all associations, and
// returns them.
func (e *endpoint) startShutdown() []*association {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == onetomany.Open {
		e.state = onetomany.ShuttingDown
		// Without a backlog, the kernel refuses associations.
		_ = e.sock.control(func() error { return unix.Listen(e.sock.fd, 0) })
	}
	list := slices.Collect(maps.Values(e.assocs))
	for _, a := range list {
		a.startShutdown()
	}
	return list
}

// Close implements transport.Endpoint.
func (e *endpoint) Close() error { return e.CloseOnce(e.end) }

// end aborts all associations and dials, and closes the sockets. Closing the SCTP socket
// also aborts associations whose event has not been read.
func (e *endpoint) end() error {
	e.mu.Lock()
	e.state = onetomany.Closed
	for _, d := range e.dials {
		d.abandon(transport.ErrClosed)
	}
	for _, a := range e.assocs {
		a.abort("endpoint closed", &transport.DownError{Cause: transport.CauseAbortLocal, Reason: "endpoint closed"})
	}
	e.mu.Unlock()
	return e.closeSockets()
}
