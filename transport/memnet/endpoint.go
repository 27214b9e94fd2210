package memnet

import (
	"context"
	"net/netip"
	"slices"

	"github.com/rserpool-go/rserpool/transport"
)

// An endpoint implements transport.Endpoint. The network's mutex guards the
// fields below the blank line.
type endpoint struct {
	net   *Network
	host  *Host
	addrs []netip.Addr
	port  uint16

	closing bool // Shutdown was called: no new associations.
	closed  bool
	crashed bool // Closed without a word.
	lastID  uint64
	assocs  map[place]*association // Those that are up or shutting down, by peer.
	dials   []*dial                // Those that are under way, in order of their start.
	backlog []*association         // Not accepted yet; they may have ended already.
	arrival signal                 // Backlog is not empty any more, or the endpoint is closed.
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

// place returns the endpoint's port as others see it.
func (e *endpoint) place() place { return place{e.host, e.port} }

// LocalAddrs returns the endpoint's addresses.
func (e *endpoint) LocalAddrs() []netip.AddrPort {
	list := make([]netip.AddrPort, len(e.addrs))
	for i, a := range e.addrs {
		list[i] = netip.AddrPortFrom(a, e.port)
	}
	return list
}

// hears reports whether the endpoint is bound to an address of its host.
func (e *endpoint) hears(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsLoopback() || slices.Contains(e.addrs, addr) || slices.ContainsFunc(e.addrs, netip.Addr.IsLoopback)
}

// Accept returns the next association that a peer has opened.
func (e *endpoint) Accept(ctx context.Context) (transport.Association, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, wait := e.accept()
		if a != nil {
			return a, nil
		}
		if wait == nil {
			return nil, transport.ErrClosed
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
}

// accept takes an association from the backlog. If there is none, it returns
// what to wait for, nil if the endpoint is closed.
func (e *endpoint) accept() (*association, <-chan struct{}) {
	e.net.lock()
	defer e.net.unlock()
	switch {
	case e.closed:
		return nil, nil
	case len(e.backlog) == 0:
		return nil, e.arrival.wait()
	}
	a := e.backlog[0]
	e.backlog[0] = nil
	e.backlog = e.backlog[1:]
	return a, nil
}

// Shutdown shuts all associations down and closes the endpoint.
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

// startShutdown begins to shut all associations down, at the same time.
func (e *endpoint) startShutdown() []*association {
	e.net.lock()
	defer e.net.unlock()
	e.closing = true
	for _, d := range slices.Clone(e.dials) {
		d.finish(nil, transport.ErrClosed)
	}
	list := e.sorted()
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
	for _, a := range e.sorted() {
		a.abort("endpoint closed")
	}
	e.end("endpoint closed")
	return nil
}

// end closes the endpoint without a word to its peers.
func (e *endpoint) end(reason string) {
	e.closed = true
	if e.host.endpoints[e.port] == e {
		delete(e.host.endpoints, e.port)
	}
	for _, d := range slices.Clone(e.dials) {
		d.finish(nil, transport.ErrClosed)
	}
	for _, a := range e.sorted() {
		a.end(transport.CauseAbortLocal, reason)
	}
	e.backlog = nil
	e.arrival.give()
}

// sorted returns the associations in order of their start.
func (e *endpoint) sorted() []*association {
	list := make([]*association, 0, len(e.assocs))
	for _, a := range e.assocs {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *association) int { return int(a.id) - int(b.id) })
	return list
}

// established adds an association that is up now, and hands it to those who
// dial its peer, or else to Accept.
func (e *endpoint) established(a *association) {
	e.lastID++
	a.id = e.lastID
	a.state = stateUp
	e.assocs[a.key] = a
	dialled := false
	for _, d := range slices.Clone(e.dials) {
		if d.leadsTo(a.key) {
			d.finish(a, nil)
			dialled = true
		}
	}
	if !dialled {
		e.backlog = append(e.backlog, a)
		e.arrival.give()
	}
}
