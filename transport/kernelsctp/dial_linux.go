//go:build linux && !386

package kernelsctp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
)

// A dial is the opening of an association to one peer, by one or more calls of
// Dial. The endpoint's lock guards its fields.
type dial struct {
	e       *endpoint
	id      assocID
	peer    []netip.AddrPort
	waiters int

	done  chan struct{} // Closed when the fields below are set.
	assoc *association
	err   error
}

// Dial implements transport.Endpoint. All addresses with the same port go into one
// association; the kernel sends the first INIT to the first of them, and each
// repetition to the next.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	peers, err := e.byPort(peer)
	if err != nil {
		return nil, err
	}
	var a *association
	for _, p := range peers {
		a, err = e.dial(ctx, p)
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil || errors.Is(err, transport.ErrClosed) {
			break
		}
	}
	return nil, err
}

// byPort returns the addresses of a peer that can be dialled, sorted by port. A list may
// well have others in it, such as the address of a bridge that every host has. There are
// several ports only if the peer is not sure of its own.
func (e *endpoint) byPort(peer []netip.AddrPort) ([][]netip.AddrPort, error) {
	var list [][]netip.AddrPort
	for _, p := range peer {
		p = netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
		addr := p.Addr()
		switch {
		case !addr.IsValid() || addr.IsUnspecified() || addr.IsMulticast() || p.Port() == 0,
			p.Port() == e.port && slices.Contains(e.LocalAddrs(), p), // The endpoint itself.
			!e.reaches(addr):
			continue
		}
		i := slices.IndexFunc(list, func(l []netip.AddrPort) bool { return l[0].Port() == p.Port() })
		switch {
		case i < 0:
			list = append(list, []netip.AddrPort{p})
		case !slices.Contains(list[i], p):
			list[i] = append(list[i], p)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("kernelsctp: dial: no address of %v can be reached from %v", peer, e.LocalAddrs())
	}
	return list, nil
}

// reaches reports whether the endpoint has an address of the same version of IP.
func (e *endpoint) reaches(addr netip.Addr) bool {
	if len(e.bound) == 0 {
		return addr.Is4() || e.v6
	}
	return slices.ContainsFunc(e.bound, func(b netip.Addr) bool { return b.Is4() == addr.Is4() })
}

// dial opens the association with a peer, or returns the one that is up.
func (e *endpoint) dial(ctx context.Context, peer []netip.AddrPort) (*association, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		a, d, err := e.open(peer)
		switch {
		case err != nil:
			return nil, err
		case d != nil:
			return d.wait(ctx)
		case a != nil:
			return a, nil
		}
		// One that is ending: its end comes first.
		if !e.awaitEnd(ctx, peer) {
			return nil, ctx.Err()
		}
	}
}

// awaitEnd waits for the end of the association with a peer if that is ending.
func (e *endpoint) awaitEnd(ctx context.Context, peer []netip.AddrPort) bool {
	e.mu.Lock()
	a := e.find(peer)
	ending := a != nil && a.ending
	e.mu.Unlock()
	if !ending {
		return true
	}
	select {
	case <-a.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// find returns the association with a peer, or nil. The lock is held.
func (e *endpoint) find(peer []netip.AddrPort) *association {
	for _, p := range peer {
		if a := e.peers[p]; a != nil {
			return a
		}
	}
	return nil
}

// open finds the association with a peer or a dial under way, or else begins to
// dial. It returns neither if there is an association that is ending.
func (e *endpoint) open(peer []netip.AddrPort) (*association, *dial, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != stateOpen {
		return nil, nil, transport.ErrClosed
	}
	if a := e.find(peer); a != nil {
		if a.ending {
			return nil, nil, nil
		}
		return a, nil, nil
	}
	for _, d := range e.dials {
		if slices.ContainsFunc(peer, func(p netip.AddrPort) bool { return slices.Contains(d.peer, p) }) {
			d.waiters++
			return nil, d, nil
		}
	}
	id, err := e.connect(peer)
	if err != nil {
		return nil, nil, err
	}
	d := &dial{e: e, id: id, peer: peer, waiters: 1, done: make(chan struct{})}
	e.dials[id] = d
	return nil, d, nil
}

// connect begins an association. Its event cannot be handled before the lock, which
// is held, is released.
func (e *endpoint) connect(peer []netip.AddrPort) (assocID, error) {
	var addrs []netip.Addr
	for _, p := range peer {
		addrs = append(addrs, p.Addr())
	}
	s := e.sock
	err := s.control(func() error {
		_, err := sctp.SCTPConnect(s.fd, libAddr(addrs, peer[0].Port()))
		return err
	})
	switch {
	case err == nil, errors.Is(err, unix.EINPROGRESS):
	case errors.Is(err, unix.EISCONN), errors.Is(err, unix.EALREADY):
		// The peer was first: its association is up, and the event waits to be read.
	case errors.Is(err, unix.ECONNREFUSED):
		return 0, &transport.DownError{Cause: transport.CauseRefused, Reason: err.Error()}
	default:
		return 0, &transport.DownError{Cause: transport.CauseUnreachable, Reason: os.NewSyscallError("connect", err).Error()}
	}
	for _, p := range peer {
		var id assocID
		if id, err = s.idOf(p); err == nil {
			return id, nil
		}
	}
	return 0, &transport.DownError{Cause: transport.CauseRefused, Reason: err.Error()}
}

// wait waits for the outcome. When nobody waits any more, the dial is given up.
func (d *dial) wait(ctx context.Context) (*association, error) {
	timer := time.NewTimer(d.e.config.HandshakeTimeout)
	defer timer.Stop()
	var err error
	select {
	case <-d.done:
		return d.assoc, d.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = &transport.DownError{Cause: transport.CauseUnreachable, Reason: "no answer"}
	}
	d.e.mu.Lock()
	defer d.e.mu.Unlock()
	select {
	case <-d.done: // It has come up in the meantime.
		return d.assoc, d.err
	default:
	}
	if d.waiters--; d.waiters == 0 {
		d.abandon(err)
	}
	return nil, err
}

// abandon gives the dial up, and tells the peer, which may think the association
// is up. The lock is held.
func (d *dial) abandon(err error) {
	d.e.abandoned[d.id] = true
	_ = d.e.sock.end(d.id, flagAbort, "given up")
	d.finish(nil, err)
}

// finish ends the dial. The lock is held.
func (d *dial) finish(a *association, err error) {
	delete(d.e.dials, d.id)
	d.assoc, d.err = a, err
	close(d.done)
}
