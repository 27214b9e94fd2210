package multicast

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
)

// queueLen is the number of datagrams that a group keeps for Receive.
const queueLen = 256

// datagramMax is the size of the receive buffer, the largest size of a UDP datagram.
const datagramMax = 64 << 10

// A datagram is a received datagram.
type datagram struct {
	data   []byte
	source netip.AddrPort
}

// A group is a membership on all usable interfaces.
type group struct {
	addr   netip.AddrPort
	ifaces Interfaces
	queue  chan datagram
	closed chan struct{}
	once   sync.Once
	wg     sync.WaitGroup // The goroutine of maintain, which waits for the members.

	members map[int]*member // By interface index. Used by Join, then by rescan.
}

// Join becomes a member of a multicast group on all interfaces that are up. Interfaces
// that come up later join within RescanInterval; an interface that disappears leaves the
// group. The group receives all datagrams sent to its address and port, including
// datagrams from this host. Join fails if it succeeds on no interface.
//
// The group keeps up to 256 datagrams for Receive. Each further datagram drops the
// oldest, since the latest announce counts.
//
// The context limits Join itself, not the membership.
func Join(ctx context.Context, addr netip.AddrPort, ifaces Interfaces) (transport.Group, error) {
	addr = netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())
	if !addr.Addr().IsMulticast() || addr.Port() == 0 {
		return nil, fmt.Errorf("multicast: %v is not a group's address and port", addr)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g := &group{
		addr:    addr,
		ifaces:  ifaces,
		queue:   make(chan datagram, queueLen),
		closed:  make(chan struct{}),
		members: make(map[int]*member),
	}
	if err := g.rescan(); len(g.members) == 0 {
		return nil, fmt.Errorf("multicast: join %v: %w", addr, errors.Join(errors.New("no interface"), err))
	}
	g.wg.Go(g.maintain)
	return g, nil
}

// Receive returns the next datagram.
func (g *group) Receive(ctx context.Context) ([]byte, netip.AddrPort, error) {
	d, err := await.Next(ctx, g.queue, g.closed)
	return d.data, d.source, err
}

// Close leaves the group, and returns when no goroutine is left.
func (g *group) Close() error {
	g.once.Do(func() { close(g.closed) })
	g.wg.Wait()
	return nil
}

// maintain adapts the memberships to the interfaces until Close.
func (g *group) maintain() {
	defer func() {
		for _, m := range g.members {
			m.close()
		}
	}()
	ticker := time.NewTicker(RescanInterval)
	defer ticker.Stop()
	for {
		select {
		case <-g.closed:
			return
		case <-ticker.C:
			// The next scan repeats a join that failed.
			_ = g.rescan()
		}
	}
}

// rescan joins on new interfaces, and leaves on interfaces that are gone. The error has
// the interfaces on which the join failed.
func (g *group) rescan() error {
	list, err := g.ifaces.list()
	if err != nil {
		return err
	}
	up := make(map[int]bool, len(list))
	var errs []error
	for _, ifi := range list {
		up[ifi.Index] = true
		if m := g.members[ifi.Index]; m != nil {
			if m.isReading() {
				continue
			}
			m.close()
			delete(g.members, ifi.Index)
		}
		m, err := newMember(g.addr, &ifi.Interface, g.push)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", ifi.Name, err))
			continue
		}
		g.members[ifi.Index] = m
	}
	for index, m := range g.members {
		if !up[index] {
			m.close()
			delete(g.members, index)
		}
	}
	return errors.Join(errs...)
}

// push queues a datagram, and drops the oldest datagrams while the queue is full.
func (g *group) push(d datagram) {
	for {
		select {
		case g.queue <- d:
			return
		default:
		}
		select {
		case <-g.queue:
		default:
		}
	}
}
