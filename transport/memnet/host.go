package memnet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"syscall"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/hostaddr"
)

// firstEphemeral is the first port that the system chooses (RFC 6335, 6).
const firstEphemeral = 49152

// A Host is a host of a network. As a [transport.Network] it binds endpoints and
// joins groups on its one interface.
type Host struct {
	net   *Network
	index int
	addrs []netip.Addr // Immutable.

	down      bool
	endpoints map[uint16]*endpoint
	groups    []*group
	nextPort  uint16
}

var _ transport.Network = (*Host)(nil)

// Addrs returns the host's addresses.
func (h *Host) Addrs() []netip.Addr { return slices.Clone(h.addrs) }

// Listen binds an endpoint. A port that is in use gives an error that is
// EADDRINUSE, an address that is not the host's EADDRNOTAVAIL. A loopback address
// stands for the whole host, as in Dial.
func (h *Host) Listen(ctx context.Context, config transport.ListenConfig) (transport.Endpoint, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h.net.lock()
	defer h.net.unlock()
	if h.down {
		return nil, errDown
	}
	var addrs []netip.Addr
	for _, a := range config.Addrs {
		a = a.Unmap()
		if !a.IsLoopback() && !a.IsUnspecified() && !slices.Contains(h.addrs, a) {
			return nil, fmt.Errorf("memnet: listen at %v: %w", a, syscall.EADDRNOTAVAIL)
		}
		addrs = append(addrs, a)
	}
	if len(addrs) == 0 || slices.ContainsFunc(addrs, netip.Addr.IsUnspecified) {
		addrs = slices.Clone(h.addrs)
		slices.SortStableFunc(addrs, hostaddr.Compare)
	}
	port := config.Port
	if port == 0 {
		var err error
		if port, err = h.chooseFreePort(); err != nil {
			return nil, err
		}
	} else if h.endpoints[port] != nil {
		return nil, fmt.Errorf("memnet: listen at port %d: %w", port, syscall.EADDRINUSE)
	}
	e := newEndpoint(h, addrs, port)
	h.endpoints[port] = e
	return e, nil
}

// errDown is the error of binding on a host that is down.
var errDown = fmt.Errorf("memnet: host is down: %w", syscall.ENETDOWN)

// chooseFreePort returns an ephemeral port that is not in use.
func (h *Host) chooseFreePort() (uint16, error) {
	for range 1<<16 - firstEphemeral {
		port := h.nextPort
		if h.nextPort++; h.nextPort == 0 {
			h.nextPort = firstEphemeral
		}
		if h.endpoints[port] == nil {
			return port, nil
		}
	}
	return 0, errors.New("memnet: no free port")
}

// Crash ends the processes on the host without a word to their peers. The host
// itself goes on: what arrives is refused, and endpoints can be bound anew.
func (h *Host) Crash() {
	h.net.lock()
	defer h.net.unlock()
	h.crash()
}

// crash ends all that is bound on the host.
func (h *Host) crash() {
	for _, e := range h.sortedEndpoints() {
		e.crashed = true
		e.end("process crashed")
	}
	for _, g := range slices.Clone(h.groups) {
		g.end()
	}
}

// Down crashes the host and takes it off the network, so that nothing answers.
func (h *Host) Down() {
	h.net.lock()
	defer h.net.unlock()
	h.crash()
	h.setDown(true)
}

// Up brings a host back that was down. Nothing is bound on it.
func (h *Host) Up() {
	h.net.lock()
	defer h.net.unlock()
	h.setDown(false)
}

func (h *Host) setDown(down bool) {
	links := h.net.linksOf(func(l *link) bool { return l.a == h || l.b == h })
	h.net.applyChange(links, func() { h.down = down })
}

// endAssociations ends the associations with another host.
func (h *Host) endAssociations(peer *Host) {
	for _, e := range h.sortedEndpoints() {
		for _, a := range e.sortedAssociations() {
			if a.key.host == peer {
				a.end(transport.CauseUnreachable, "no answer")
			}
		}
	}
}

// sortedEndpoints returns the endpoints in a fixed order.
func (h *Host) sortedEndpoints() []*endpoint {
	return slices.SortedFunc(maps.Values(h.endpoints), func(a, b *endpoint) int { return cmp.Compare(a.port, b.port) })
}
