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

// A member is the membership of a group on one interface: a socket and the
// goroutine that reads from it.
type member struct {
	conn *net.UDPConn
	done chan struct{} // Closed when the goroutine has ended.
	once sync.Once
}

// newMember joins a group on an interface. Every datagram goes to push.
func newMember(group netip.AddrPort, ifi *net.Interface, push func(datagram)) (*member, error) {
	conn, err := listenGroup(group, ifi)
	if err != nil {
		return nil, err
	}
	addr := &net.UDPAddr{IP: group.Addr().AsSlice()}
	if group.Addr().Is4() {
		err = ipv4.NewPacketConn(conn).JoinGroup(ifi, addr)
	} else {
		err = ipv6.NewPacketConn(conn).JoinGroup(ifi, addr)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("join: %w", err), conn.Close())
	}
	m := &member{conn: conn, done: make(chan struct{})}
	go m.read(push)
	return m, nil
}

// read passes datagrams on until the socket is closed or fails for good.
func (m *member) read(push func(datagram)) {
	defer close(m.done)
	buf := make([]byte, datagramMax)
	for {
		n, source, err := m.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		push(datagram{
			data:   append([]byte(nil), buf[:n]...),
			source: netip.AddrPortFrom(source.Addr().Unmap(), source.Port()),
		})
	}
}

// alive reports whether the member still reads.
func (m *member) alive() bool {
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}

// close leaves the group and waits for the goroutine.
func (m *member) close() {
	m.once.Do(func() { _ = m.conn.Close() }) // A socket that is closed cannot fail in a way that matters.
	<-m.done
}
