package udpsctp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/arrival"
	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
)

// outOfTheBlueRate bounds the answers to packets of unknown associations, per
// second.
const outOfTheBlueRate = 1000

// A peerKey names a peer: the source of its datagrams and its SCTP port. The two
// port numbers are the same unless there is address translation between, or the
// peer's stack has one UDP port for all its endpoints.
type peerKey struct {
	udp  netip.AddrPort
	port uint16
}

// The states of an endpoint.
type endpointState uint8

const (
	stateOpen endpointState = iota
	stateShutdown
	stateClosed
)

// An endpoint implements transport.Endpoint.
type endpoint struct {
	config  Config
	port    uint16
	sockets []*socket
	host    hostaddr.Host
	cookies cookieKey
	timers  *timers
	blue    limiter // Of answers to packets out of the blue.

	accepted chan transport.Association
	closed   chan struct{}
	closing  sync.Once
	wg       sync.WaitGroup // The readers, the timers and what each association leaves running.

	mu      sync.RWMutex
	state   endpointState
	lastID  uint64
	assocs  map[peerKey]*association
	tags    map[uint32]*association // By the local verification tag.
	sources map[netip.Addr]int      // The number of associations by peer address.
	dials   map[peerKey]*dial       // Those under way, by each of the peer's addresses.
}

var _ transport.Endpoint = (*endpoint)(nil)

func (n *Network) listen(ctx context.Context, config transport.ListenConfig) (*endpoint, error) {
	socks, err := openSockets(ctx, config.Addrs, config.Port, n.config.Interfaces)
	if err != nil {
		return nil, err
	}
	e := &endpoint{
		config:   n.config,
		port:     socks[0].port(),
		sockets:  socks,
		cookies:  newCookieKey(),
		timers:   newTimers(),
		blue:     limiter{rate: outOfTheBlueRate},
		accepted: make(chan transport.Association, n.config.AcceptBacklog),
		closed:   make(chan struct{}),
		assocs:   make(map[peerKey]*association),
		tags:     make(map[uint32]*association),
		sources:  make(map[netip.Addr]int),
		dials:    make(map[peerKey]*dial),
	}
	for _, s := range socks {
		s.impair = n.impair
		e.wg.Go(func() { e.read(s) })
	}
	e.wg.Go(func() { e.timers.run(e.closed) })
	return e, nil
}

// read receives the datagrams of one socket until it is closed.
func (e *endpoint) read(s *socket) {
	b := make([]byte, datagramMax)
	oob := make([]byte, oobLen)
	for {
		n, src, dst, err := s.read(b, oob)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// The error of a datagram that was sent: the error queue tells more. A
			// deadline is how path.send hands one over.
			if s.conn.SetReadDeadline(time.Time{}) != nil || s.readErrors(e.handleRefused) != nil {
				return
			}
			continue
		}
		e.handle(s, src, dst, b[:n])
	}
}

// Accept implements transport.Endpoint.
func (e *endpoint) Accept(ctx context.Context) (transport.Association, error) {
	return arrival.Next(ctx, e.accepted, e.closed)
}

// SendMulticast implements transport.Endpoint.
func (e *endpoint) SendMulticast(group netip.AddrPort, data []byte) error {
	select {
	case <-e.closed:
		return transport.ErrClosed
	default:
	}
	err := fmt.Errorf("udpsctp: the endpoint has no socket for %v", group)
	sent := false
	for _, s := range e.sockets {
		if s.bound.Is4() == group.Addr().Unmap().Is4() {
			err = s.sender.Send(group, data)
			sent = sent || err == nil
		}
	}
	if sent {
		return nil
	}
	return err
}

// Shutdown implements transport.Endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	if e.state == stateOpen {
		e.state = stateShutdown
	}
	e.mu.Unlock()

	var err error
	for _, a := range e.associations() {
		a.beginShutdown()
	}
	for _, a := range e.associations() {
		select {
		case <-a.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return errors.Join(err, e.Close())
}

// associations returns those that are up now.
func (e *endpoint) associations() []*association {
	e.mu.RLock()
	defer e.mu.RUnlock()
	list := make([]*association, 0, len(e.assocs))
	for _, a := range e.assocs {
		list = append(list, a)
	}
	return list
}

// Close implements transport.Endpoint.
func (e *endpoint) Close() error {
	var err error
	e.closing.Do(func() {
		e.mu.Lock()
		e.state = stateClosed
		for _, d := range e.dials {
			d.finish(nil, transport.ErrClosed)
		}
		e.mu.Unlock()
		// No association comes up any more, so none is missed.
		for _, a := range e.associations() {
			a.Abort("endpoint closed")
		}
		close(e.closed)
		for _, s := range e.sockets {
			err = errors.Join(err, s.conn.Close())
		}
	})
	e.wg.Wait()
	return err
}

// full reports whether there is no room for another association with an
// address. The endpoint's lock must be held.
func (e *endpoint) full(addr netip.Addr) bool {
	return len(e.assocs) >= e.config.MaxAssociations || e.sources[addr] >= e.config.MaxAssociationsPerSource
}

// add registers an association that has come up. The endpoint's lock must be held.
func (e *endpoint) add(a *association) {
	e.assocs[a.key] = a
	e.tags[a.localTag] = a
	e.sources[a.key.udp.Addr()]++
}

// remove forgets an association that has ended.
func (e *endpoint) remove(a *association) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget(a)
}

// forget is remove with the endpoint's lock held.
func (e *endpoint) forget(a *association) {
	if e.tags[a.localTag] != a {
		return
	}
	delete(e.tags, a.localTag)
	if e.assocs[a.key] == a {
		delete(e.assocs, a.key)
	}
	addr := a.key.udp.Addr()
	if e.sources[addr]--; e.sources[addr] == 0 {
		delete(e.sources, addr)
	}
}
