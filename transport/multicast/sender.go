package multicast

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// HopLimit is the default of [Config.HopLimit], as in RSPLIB.
const HopLimit = 30

// Config configures a [Sender]. The zero value works.
type Config struct {
	// Interfaces names the interfaces on which datagrams are sent.
	Interfaces Interfaces
	// HopLimit is the TTL (IPv4) or hop limit (IPv6) of sent datagrams, from 1 to 255. 0:
	// [HopLimit].
	HopLimit int
}

// A Sender sends datagrams to groups from a socket. Its methods may be called by several
// goroutines, while other code uses the socket.
type Sender struct {
	conn   *net.UDPConn
	local  netip.Addr // The address to which conn is bound.
	config Config

	mu     sync.Mutex // Guards the fields below; held while a datagram is sent.
	list   []iface
	listed time.Time // The time of the last scan; zero: scan before the next datagram.
}

// NewSender returns a sender for an endpoint's socket, which still belongs to the caller.
// A socket bound to the wildcard address sends on all usable interfaces. A socket bound
// to another address sends on the interface with that address. The package documentation
// explains dual-stack sockets.
func NewSender(conn *net.UDPConn, config Config) (*Sender, error) {
	udp, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, fmt.Errorf("multicast: not a UDP socket: %v", conn.LocalAddr())
	}
	config.HopLimit = cmp.Or(config.HopLimit, HopLimit)
	s := &Sender{conn: conn, local: udp.AddrPort().Addr().Unmap(), config: config}
	p4, p6 := ipv4.NewPacketConn(conn), ipv6.NewPacketConn(conn)
	err4 := errors.Join(p4.SetMulticastTTL(config.HopLimit), p4.SetMulticastLoopback(true))
	err6 := errors.Join(p6.SetMulticastHopLimit(config.HopLimit), p6.SetMulticastLoopback(true))
	// A socket can have either IP version, or both.
	if err4 != nil && err6 != nil {
		return nil, fmt.Errorf("multicast: prepare %v for sending: %w", udp, errors.Join(err4, err6))
	}
	return s, nil
}

// Send sends a datagram to a group, once on each interface. Receivers on this host get
// the datagram as well. Send fails only if no interface accepted the datagram.
func (s *Sender) Send(group netip.AddrPort, data []byte) error {
	group = netip.AddrPortFrom(group.Addr().Unmap().WithZone(""), group.Port())
	if !group.Addr().IsMulticast() {
		return fmt.Errorf("multicast: %v is not a group", group)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.listed.IsZero() || now.Sub(s.listed) >= RescanInterval {
		list, err := s.config.Interfaces.list()
		switch {
		case err == nil:
			s.list, s.listed = list, now
		case len(s.list) == 0:
			return err
		}
		// If the scan fails, for example for want of a descriptor, the last list is used.
	}
	var errs []error
	taken := false
	for i := range s.list {
		ifi := &s.list[i]
		if !s.local.IsUnspecified() && !ifi.hasAddr(s.local) {
			continue
		}
		if err := s.sendOn(ifi, group, data); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", ifi.Name, err))
			s.listed = time.Time{}
			continue
		}
		taken = true
	}
	if taken {
		return nil
	}
	s.listed = time.Time{}
	return fmt.Errorf("multicast: send to %v: %w", group, errors.Join(append(errs, errors.New("no interface took it"))...))
}

// sendOn sends a datagram on an interface.
func (s *Sender) sendOn(ifi *iface, group netip.AddrPort, data []byte) error {
	var oob []byte
	if group.Addr().Is4() {
		// On loopback, the system would choose 0.0.0.0 as the source.
		source := s.local
		if source.IsUnspecified() {
			source = ifi.first4()
		}
		if !source.Is4() {
			return errors.New("no IPv4 address")
		}
		oob = (&ipv4.ControlMessage{IfIndex: ifi.Index, Src: source.AsSlice()}).Marshal()
		if len(oob) == 0 {
			if err := ipv4.NewPacketConn(s.conn).SetMulticastInterface(&ifi.Interface); err != nil {
				return err
			}
		}
	} else {
		// The system chooses a source of the group's scope.
		oob = (&ipv6.ControlMessage{IfIndex: ifi.Index, HopLimit: s.config.HopLimit}).Marshal()
		if len(oob) == 0 {
			if err := ipv6.NewPacketConn(s.conn).SetMulticastInterface(&ifi.Interface); err != nil {
				return err
			}
		}
		if group.Addr().IsLinkLocalMulticast() || group.Addr().IsInterfaceLocalMulticast() {
			group = netip.AddrPortFrom(group.Addr().WithZone(ifi.Name), group.Port())
		}
	}
	_, _, err := s.conn.WriteMsgUDPAddrPort(data, oob, group)
	if err != nil {
		// The error may belong to an earlier datagram. The system reports such an error
		// only once.
		_, _, err = s.conn.WriteMsgUDPAddrPort(data, oob, group)
	}
	return err
}
