package capture

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/step"
)

// endpoint implements transport.Endpoint.
type endpoint struct {
	transport.Endpoint
	network  *network
	recorder *recorder
	port     uint16 // 0 if the host had no address at first
	closing  sync.Once

	mu      sync.Mutex // guards the fields below
	known   map[step.AssocID]*association
	sweepAt int // the size of known at which ended associations are removed
}

var _ transport.Endpoint = (*endpoint)(nil)

// minSweep is the least number of associations at which ended associations are looked for.
const minSweep = 64

func newEndpoint(inner transport.Endpoint, n *network, r *recorder) *endpoint {
	e := &endpoint{Endpoint: inner, network: n, recorder: r, known: make(map[step.AssocID]*association), sweepAt: minSweep}
	if addrs := inner.LocalAddrs(); len(addrs) > 0 {
		e.port = addrs[0].Port()
	}
	return e
}

// has reports whether an address is that of the endpoint. The list of addresses, which takes the
// system some time, is needed only if the port is right.
func (e *endpoint) has(addr netip.AddrPort) bool {
	if addr.Port() != e.port {
		return false
	}
	return slices.ContainsFunc(e.LocalAddrs(), func(local netip.AddrPort) bool { return bare(local) == bare(addr) })
}

// Dial implements transport.Endpoint.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	a, err := e.Endpoint.Dial(ctx, peer)
	if err != nil {
		return nil, err
	}
	return e.adopt(a, true), nil
}

// Accept implements transport.Endpoint.
func (e *endpoint) Accept(ctx context.Context) (transport.Association, error) {
	a, err := e.Endpoint.Accept(ctx)
	if err != nil {
		return nil, err
	}
	return e.adopt(a, false), nil
}

// adopt returns the decorator of an association, which is the same for every call: Dial may return an
// association that is up already.
func (e *endpoint) adopt(inner transport.Association, dialled bool) transport.Association {
	e.mu.Lock()
	defer e.mu.Unlock()
	if a := e.known[inner.ID()]; a != nil {
		return a
	}
	if len(e.known) >= e.sweepAt {
		for id, a := range e.known {
			if a.Err() != nil {
				delete(e.known, id)
			}
		}
		e.sweepAt = max(minSweep, 2*len(e.known))
	}
	a := newAssociation(inner, e.recorder, dialled)
	e.known[a.ID()] = a
	return a
}

// associations returns all associations that may be up.
func (e *endpoint) associations() []*association {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]*association, 0, len(e.known))
	for _, a := range e.known {
		list = append(list, a)
	}
	return list
}

// SendMulticast implements transport.Endpoint.
func (e *endpoint) SendMulticast(group netip.AddrPort, data []byte) error {
	err := e.Endpoint.SendMulticast(group, data)
	if err == nil && e.recorder != nil {
		local := sameFamily(e.LocalAddrs(), group)
		e.recorder.note(event{kind: datagram, flow: newFlow(local, group, false)}, data)
	}
	return err
}

// Shutdown implements transport.Endpoint.
func (e *endpoint) Shutdown(ctx context.Context) error {
	for _, a := range e.associations() {
		a.leaving.Store(true)
	}
	err := e.Endpoint.Shutdown(ctx)
	e.finish()
	return err
}

// Close implements transport.Endpoint.
func (e *endpoint) Close() error {
	err := e.Endpoint.Close()
	e.finish()
	return err
}

// finish notes the ends that nobody has noticed, and leaves the file.
func (e *endpoint) finish() {
	e.closing.Do(func() {
		for _, a := range e.associations() {
			a.noteEnd()
		}
		e.network.forget(e)
	})
}
