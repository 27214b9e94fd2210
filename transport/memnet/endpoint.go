package memnet

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
)

// An endpoint implements transport.Endpoint. The network's mutex guards the fields below
// the blank line.
type endpoint struct {
	net   *Network
	host  *Host
	addrs []netip.Addr
	port  uint16

	noAccept bool // Associations of peers are refused.
	closing  bool // Shutdown was called: new associations are refused.
	closed   bool
	crashed  bool // Closed without packets to the peers.
	lastID   uint64
	assocs   map[place]*association // Associations that are up or shutting down, by peer.
	dials    []*dial                // Dials in progress, in order of their start.
	backlog  []*association         // Associations before Accept; some may have ended.
	arrival  signal                 // Given when the backlog fills, and at the close.
}

func newEndpoint(h *Host, addrs []netip.Addr, port uint16) *endpoint {
	return &endpoint{
		net:    h.net,
		host:   h,
		addrs:  addrs,
		port:   port,
		assocs: make(map[place]*association),
	}
}

// place returns the host and port of the endpoint.
func (e *endpoint) place() place { return place{e.host, e.port} }

// LocalAddrs returns the endpoint's addresses.
func (e *endpoint) LocalAddrs() []netip.AddrPort {
	list := make([]netip.AddrPort, len(e.addrs))
	for i, a := range e.addrs {
		list[i] = netip.AddrPortFrom(a, e.port)
	}
	return list
}

// isBoundTo reports whether the endpoint is bound to an address of its host.
func (e *endpoint) isBoundTo(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsLoopback() || slices.Contains(e.addrs, addr) || slices.ContainsFunc(e.addrs, netip.Addr.IsLoopback)
}

// Accept returns the next association that a peer has opened.
func (e *endpoint) Accept(ctx context.Context) (transport.Association, error) {
	return await.Value(ctx, e.accept)
}

// accept takes an association from the backlog. While the backlog is empty, accept
// returns a channel that is closed when the next call may have another result.
func (e *endpoint) accept() (transport.Association, <-chan struct{}, error) {
	e.net.lock()
	defer e.net.unlock()
	switch {
	case e.closed:
		return nil, nil, transport.ErrClosed
	case len(e.backlog) == 0:
		return nil, e.arrival.wait(), nil
	}
	return pop(&e.backlog), nil, nil
}

// Shutdown shuts down all associations, and closes the endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	var err error
	for _, a := range e.startShutdown() {
		if e := a.Shutdown(ctx); ctx.Err() != nil {
			err = e
		}
	}
	if e := e.Close(); err == nil {
		err = e
	}
	return err
}

// startShutdown starts the shutdown of all associations at the same time.
func (e *endpoint) startShutdown() []*association {
	e.net.lock()
	defer e.net.unlock()
	e.closing = true
	for _, d := range slices.Clone(e.dials) {
		d.finish(nil, transport.ErrClosed)
	}
	list := e.sortedAssociations()
	for _, a := range list {
		a.startShutdown()
	}
	return list
}

// Close aborts all associations and releases the port.
func (e *endpoint) Close() error {
	e.net.lock()
	defer e.net.unlock()
	if e.closed {
		return nil
	}
	for _, a := range e.sortedAssociations() {
		a.abort("endpoint closed")
	}
	e.end("endpoint closed")
	return nil
}

// end closes the endpoint without sending packets to the peers.
func (e *endpoint) end(reason string) {
	e.closed = true
	if e.host.endpoints[e.port] == e {
		delete(e.host.endpoints, e.port)
	}
	for _, d := range slices.Clone(e.dials) {
		d.finish(nil, transport.ErrClosed)
	}
	for _, a := range e.sortedAssociations() {
		a.end(transport.CauseAbortLocal, reason)
	}
	e.backlog = nil
	e.arrival.give()
}

// sortedAssociations returns the associations in the order in which they came up.
func (e *endpoint) sortedAssociations() []*association {
	return slices.SortedFunc(maps.Values(e.assocs), func(a, b *association) int { return cmp.Compare(a.id, b.id) })
}

// addAssociation adds an association that has come up. The association goes to the dials
// of its peer, or to Accept if there are none.
func (e *endpoint) addAssociation(a *association) {
	e.lastID++
	a.id = e.lastID
	a.state = stateUp
	e.assocs[a.key] = a
	dialled := false
	for _, d := range slices.Clone(e.dials) {
		if d.isDialTo(a.key) {
			d.finish(a, nil)
			dialled = true
		}
	}
	if !dialled {
		e.backlog = append(e.backlog, a)
		e.arrival.give()
	}
}
