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

// firstEphemeral is the lowest port that the system chooses (RFC 6335, 6).
const firstEphemeral = 49152

// A Host is a host of a network, with a single interface. As a [transport.Network] it
// binds endpoints and joins groups.
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

// Listen binds an endpoint. A port in use gives an error that wraps EADDRINUSE; an
// address of another host gives EADDRNOTAVAIL. A loopback address stands for the whole
// host, as in Dial.
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
	e.noAccept = config.NoAccept
	h.endpoints[port] = e
	return e, nil
}

// errDown is the error of Listen and Join on a host that is down.
var errDown = fmt.Errorf("memnet: host is down: %w", syscall.ENETDOWN)

// chooseFreePort returns an ephemeral port that is not in use, and moves on to the next
// port.
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

// Crash ends the processes on the host without packets to their peers. The host itself
// goes on: it refuses arriving packets, and new endpoints can be bound.
func (h *Host) Crash() {
	h.net.lock()
	defer h.net.unlock()
	h.crash()
}

// crash closes all endpoints and groups of the host.
func (h *Host) crash() {
	for _, e := range h.sortedEndpoints() {
		e.crashed = true
		e.end("process crashed")
	}
	for _, g := range slices.Clone(h.groups) {
		g.end()
	}
}

// Down crashes the host and takes it off the network, so that packets to it get no
// answer.
func (h *Host) Down() {
	h.net.lock()
	defer h.net.unlock()
	h.crash()
	h.setDown(true)
}

// Up brings back a host that was down. No endpoint is bound there.
func (h *Host) Up() {
	h.net.lock()
	defer h.net.unlock()
	h.setDown(false)
}

func (h *Host) setDown(down bool) {
	links := h.net.linksOf(func(l *link) bool { return l.a == h || l.b == h })
	h.net.applyChange(links, func() { h.down = down })
}

// endAssociations ends the associations with an unreachable host.
func (h *Host) endAssociations(peer *Host) {
	for _, e := range h.sortedEndpoints() {
		for _, a := range e.sortedAssociations() {
			if a.key.host == peer {
				a.end(transport.CauseUnreachable, "no answer")
			}
		}
	}
}

// sortedEndpoints returns the endpoints in the order of their ports.
func (h *Host) sortedEndpoints() []*endpoint {
	return slices.SortedFunc(maps.Values(h.endpoints), func(a, b *endpoint) int { return cmp.Compare(a.port, b.port) })
}
