package multicast

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// A member is the membership of a group on an interface: a socket, and a goroutine that
// reads from the socket.
type member struct {
	conn *net.UDPConn
	ifi  int           // The index of the interface.
	done chan struct{} // Closed when the goroutine has ended.
	once sync.Once
}

// newMember joins a group on an interface. Every received datagram goes to push.
func newMember(group netip.AddrPort, ifi *net.Interface, push func(datagram)) (*member, error) {
	conn, err := listenGroup(group, ifi)
	if err != nil {
		return nil, err
	}
	m := &member{conn: conn, ifi: ifi.Index, done: make(chan struct{})}
	if err := m.join(group.Addr(), ifi); err != nil {
		return nil, errors.Join(fmt.Errorf("join: %w", err), conn.Close())
	}
	go m.read(push)
	return m, nil
}

// join joins the group. On Linux, a datagram for an IPv6 group goes to the sockets of all
// members, whatever their interface. So join also requests the interface of each
// datagram.
func (m *member) join(group netip.Addr, ifi *net.Interface) error {
	addr := &net.UDPAddr{IP: group.AsSlice()}
	if group.Is4() {
		return ipv4.NewPacketConn(m.conn).JoinGroup(ifi, addr)
	}
	p := ipv6.NewPacketConn(m.conn)
	_ = p.SetControlMessage(ipv6.FlagInterface, true) // Systems without this option do not need it.
	return p.JoinGroup(ifi, addr)
}

// read passes datagrams to push until the socket is closed, or fails.
func (m *member) read(push func(datagram)) {
	defer close(m.done)
	buf := make([]byte, datagramMax)
	oob := ipv6.NewControlMessage(ipv6.FlagInterface)
	for {
		n, oobn, _, source, err := m.conn.ReadMsgUDPAddrPort(buf, oob)
		if err != nil {
			return
		}
		if m.isForeign(oob[:oobn]) {
			continue
		}
		push(datagram{
			data:   append([]byte(nil), buf[:n]...),
			source: netip.AddrPortFrom(source.Addr().Unmap(), source.Port()),
		})
	}
}

// isForeign reports whether a datagram arrived on the interface of another member.
func (m *member) isForeign(oob []byte) bool {
	var cm ipv6.ControlMessage
	return len(oob) > 0 && cm.Parse(oob) == nil && cm.IfIndex != 0 && cm.IfIndex != m.ifi
}

// isReading reports whether the member still reads.
func (m *member) isReading() bool {
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}

// close leaves the group, and waits for the goroutine.
func (m *member) close() {
	m.once.Do(func() { _ = m.conn.Close() }) // The socket is gone, whatever the error.
	<-m.done
}
