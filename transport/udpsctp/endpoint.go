package udpsctp

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/multicast"
)

// Packets of strangers that are served, per second: in all, and for each source. Packets
// beyond are dropped before they cost more than the reading.
const (
	// INITs, and as many COOKIE ECHOs.
	handshakeRate       = 8000
	handshakeSourceRate = 4000
	// Packets of unknown associations.
	outOfTheBlueRate       = 1000
	outOfTheBlueSourceRate = 500
)

// A peerKey identifies a peer by the source of its datagrams and its SCTP port. The two
// port numbers differ behind an address translator, or if the peer's stack has a single
// UDP port for all endpoints.
type peerKey struct {
	udp  netip.AddrPort
	port uint16
}

// An endpoint implements transport.Endpoint.
type endpoint struct {
	*onetomany.Base

	config       Config
	port         uint16
	noAccept     bool // Associations of peers are refused.
	sockets      []*socket
	host         hostaddr.Host
	cookies      cookieKey
	timers       *timers
	shed         *timer // Set when the budget is exceeded.
	shield       *shield
	inits        *limiter
	cookieEchoes *limiter
	outOfTheBlue *limiter

	mu      sync.RWMutex
	state   onetomany.State
	lastID  uint64
	assocs  map[peerKey]*association
	tags    map[uint32]*association // By the local verification tag.
	sources map[netip.Addr]int      // The number of associations by source.
	dials   map[peerKey]*dial       // Dials in progress, by each address of the peer.
	spent   spentCookies
}

var _ transport.Endpoint = (*endpoint)(nil)

func (n *Network) listen(ctx context.Context, config transport.ListenConfig) (*endpoint, error) {
	socks, err := openSockets(ctx, config.Addrs, config.Port, multicast.Config{Interfaces: n.config.Interfaces, HopLimit: n.config.HopLimit})
	if err != nil {
		return nil, err
	}
	e := newEndpoint(n.config, socks[0].port(), socks)
	e.noAccept = config.NoAccept
	for _, s := range socks {
		s.impair = n.impair
		e.Senders = append(e.Senders, onetomany.Sender{Sender: s.sender, Bound: s.bound})
	}
	for _, s := range socks {
		e.Running.Go(func() { e.read(s) })
	}
	return e, nil
}

// newEndpoint returns an endpoint whose sockets nobody reads yet.
func newEndpoint(config Config, port uint16, socks []*socket) *endpoint {
	e := &endpoint{
		Base:         onetomany.NewBase(config.AcceptBacklog),
		config:       config,
		port:         port,
		sockets:      socks,
		cookies:      newCookieKey(),
		timers:       newTimers(),
		inits:        newLimiter(handshakeRate, handshakeSourceRate),
		cookieEchoes: newLimiter(handshakeRate, handshakeSourceRate),
		outOfTheBlue: newLimiter(outOfTheBlueRate, outOfTheBlueSourceRate),
		assocs:       make(map[peerKey]*association),
		tags:         make(map[uint32]*association),
		sources:      make(map[netip.Addr]int),
		dials:        make(map[peerKey]*dial),
	}
	e.shed = newTimer(func(time.Time) { e.config.Budget.Shed() })
	e.shield = newShield(e)
	e.Running.Go(func() { e.timers.run(e.Closed()) })
	return e
}

// read receives the datagrams of a socket until the socket is closed.
func (e *endpoint) read(s *socket) {
	b := make([]byte, datagramMax)
	oob := make([]byte, oobLen)
	for {
		n, src, dst, err := s.read(b, oob)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// The error belongs to a sent datagram, and the error queue has its details.
			// path.send passes on such an error by setting a deadline.
			if s.conn.SetReadDeadline(time.Time{}) != nil || s.readErrors(e.handleRefused) != nil {
				return
			}
			continue
		}
		e.handle(s, src, dst, b[:n])
	}
}

// Shutdown implements transport.Endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.state = max(e.state, onetomany.ShuttingDown)
	e.mu.Unlock()
	list := e.associations()
	for _, a := range list {
		a.startShutdown()
	}
	return errors.Join(await.Ends(ctx, list), e.Close())
}

// Close implements transport.Endpoint.
func (e *endpoint) Close() error { return e.CloseOnce(e.end) }

// end aborts all associations and dials, and closes the sockets.
func (e *endpoint) end() error {
	e.mu.Lock()
	e.state = onetomany.Closed
	for _, d := range e.dials {
		d.finish(nil, transport.ErrClosed)
	}
	e.mu.Unlock()
	// In state Closed no further association comes up, so the list is complete.
	for _, a := range e.associations() {
		a.Abort("endpoint closed")
	}
	var err error
	for _, s := range e.sockets {
		err = errors.Join(err, s.conn.Close())
	}
	return err
}

// associations returns the associations that are up.
func (e *endpoint) associations() []*association {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return slices.Collect(maps.Values(e.assocs))
}

// isFull reports whether the endpoint has no room for another association with an
// address. The endpoint's lock must be held.
func (e *endpoint) isFull(addr netip.Addr) bool {
	return len(e.assocs) >= e.config.MaxAssociations || e.sources[onetomany.SourceOf(addr)] >= e.config.MaxAssociationsPerSource
}

// add registers an association that has come up. The endpoint's lock must be held.
func (e *endpoint) add(a *association) {
	e.assocs[a.key] = a
	e.tags[a.localTag] = a
	e.sources[onetomany.SourceOf(a.key.udp.Addr())]++
}

// remove unregisters an association that has ended.
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
	e.spent.add(a.localTag, a.heart.epoch, time.Now())
	if e.assocs[a.key] == a {
		delete(e.assocs, a.key)
	}
	source := onetomany.SourceOf(a.key.udp.Addr())
	if e.sources[source]--; e.sources[source] == 0 {
		delete(e.sources, source)
	}
}
