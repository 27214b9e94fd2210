package memnet

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
)

// datagramMax is the size of the largest UDP datagram over IPv4.
const datagramMax = 65507

// groupQueueLen is the number of datagrams that a group keeps. A further datagram drops
// the oldest.
const groupQueueLen = 256

// A group implements transport.Group. The network's mutex guards the fields below the
// blank line.
type group struct {
	host *Host
	addr netip.AddrPort

	closed  bool
	queue   []datagram
	arrival signal // Given when the queue fills, and at the close.
}

// A datagram is a received datagram.
type datagram struct {
	data   []byte
	source netip.AddrPort
}

// Join becomes a member of a group.
func (h *Host) Join(ctx context.Context, addr netip.AddrPort) (transport.Group, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	addr, err := checkGroup(addr)
	if err != nil {
		return nil, err
	}
	h.net.lock()
	defer h.net.unlock()
	if h.down {
		return nil, errDown
	}
	g := &group{host: h, addr: addr}
	h.groups = append(h.groups, g)
	return g, nil
}

// checkGroup returns the canonical form of a group's address and port.
func checkGroup(addr netip.AddrPort) (netip.AddrPort, error) {
	addr = netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())
	if !addr.Addr().IsMulticast() || addr.Port() == 0 {
		return addr, fmt.Errorf("memnet: %v is not a group's address and port", addr)
	}
	return addr, nil
}

// SendMulticast sends a datagram to a group. The source is the endpoint's first address
// of the group's IP version. An endpoint without such an address uses its first address.
func (e *endpoint) SendMulticast(addr netip.AddrPort, data []byte) error {
	addr, err := checkGroup(addr)
	if err != nil {
		return err
	}
	if len(data) > datagramMax {
		return transport.ErrMessageTooLarge
	}
	e.net.lock()
	defer e.net.unlock()
	if e.closed {
		return transport.ErrClosed
	}
	source := e.addrs[0]
	if i := slices.IndexFunc(e.addrs, func(a netip.Addr) bool { return a.Is4() == addr.Addr().Is4() }); i >= 0 {
		source = e.addrs[i]
	}
	for _, h := range e.net.hosts {
		l := e.net.linkOf(e.host, h)
		for _, g := range h.groups {
			if g.addr != addr || !l.isConnected() || h != e.host && e.net.drawLoss() {
				continue
			}
			d := datagram{slices.Clone(data), netip.AddrPortFrom(source, e.port)}
			e.net.schedule(time.Now().Add(l.drawDelay()), func() {
				if l.isConnected() {
					g.push(d)
				}
			})
		}
	}
	return nil
}

// drawLoss draws whether a datagram is lost.
func (n *Network) drawLoss() bool {
	return n.config.Loss > 0 && n.config.Rand.Float64() < n.config.Loss
}

// push queues a datagram, and drops the oldest datagram if the queue is full.
func (g *group) push(d datagram) {
	if g.closed {
		return
	}
	if len(g.queue) == groupQueueLen {
		pop(&g.queue)
	}
	g.queue = append(g.queue, d)
	g.arrival.give()
}

// Receive returns the next datagram.
func (g *group) Receive(ctx context.Context) ([]byte, netip.AddrPort, error) {
	d, err := await.Value(ctx, g.receive)
	return d.data, d.source, err
}

// receive takes a datagram from the queue. While the queue is empty, receive returns a
// channel that is closed when the next call may have another result.
func (g *group) receive() (datagram, <-chan struct{}, error) {
	g.host.net.lock()
	defer g.host.net.unlock()
	switch {
	case g.closed:
		return datagram{}, nil, transport.ErrClosed
	case len(g.queue) == 0:
		return datagram{}, g.arrival.wait(), nil
	}
	return pop(&g.queue), nil, nil
}

// Close leaves the group.
func (g *group) Close() error {
	g.host.net.lock()
	defer g.host.net.unlock()
	g.end()
	return nil
}

// end closes the group.
func (g *group) end() {
	if g.closed {
		return
	}
	g.closed = true
	g.host.groups = slices.DeleteFunc(g.host.groups, func(x *group) bool { return x == g })
	g.queue = nil
	g.arrival.give()
}
