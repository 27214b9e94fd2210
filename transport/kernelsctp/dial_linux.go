//go:build linux && !386

package kernelsctp

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
)

// A dial opens an association to a peer, for all calls of Dial that wait for it. The
// endpoint's lock guards the fields.
type dial struct {
	e       *endpoint
	id      assocID
	peer    []netip.AddrPort
	waiters int

	done  chan struct{} // Closed when the fields below are set.
	assoc *association
	err   error
}

// Dial implements transport.Endpoint. All addresses with the same port go into the same
// association. The kernel sends the first INIT to the first address, and each repetition
// to the next address.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	peers, err := e.groupByPort(peer)
	if err != nil {
		return nil, err
	}
	var a *association
	for _, p := range peers {
		a, err = await.Value(ctx, func() (*association, <-chan struct{}, error) { return e.open(ctx, p) })
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil || errors.Is(err, transport.ErrClosed) {
			break
		}
	}
	return nil, err
}

// groupByPort returns the addresses of a peer that can be dialled, in a group for each
// port. Several ports occur only if the peer's port is uncertain.
func (e *endpoint) groupByPort(peer []netip.AddrPort) ([][]netip.AddrPort, error) {
	addrs, err := onetomany.PeerAddrs(e, e.port, peer, e.canReach)
	if err != nil {
		return nil, err
	}
	var groups [][]netip.AddrPort
	for _, a := range addrs {
		i := slices.IndexFunc(groups, func(g []netip.AddrPort) bool { return g[0].Port() == a.Port() })
		if i < 0 {
			groups = append(groups, []netip.AddrPort{a})
			continue
		}
		groups[i] = append(groups[i], a)
	}
	return groups, nil
}

// canReach reports whether the endpoint has an address of the same IP version.
func (e *endpoint) canReach(addr netip.Addr) bool {
	if len(e.bound) == 0 {
		return addr.Is4() || e.v6
	}
	return slices.ContainsFunc(e.bound, func(b netip.Addr) bool { return b.Is4() == addr.Is4() })
}

// open returns the association with a peer, and waits for a dial if there is none. While the
// association is ending, open returns a channel that is closed at its end: the next
// association with the peer comes after that.
func (e *endpoint) open(ctx context.Context, peer []netip.AddrPort) (*association, <-chan struct{}, error) {
	a, d, err := e.findOrDial(peer)
	switch {
	case err != nil:
		return nil, nil, err
	case d != nil:
		a, err = d.wait(ctx)
		return a, nil, err
	case a.isEnding():
		return nil, a.done, nil
	}
	return a, nil, nil
}

// find returns the association with a peer, or nil. The endpoint's lock must be held.
func (e *endpoint) find(peer []netip.AddrPort) *association {
	for _, p := range peer {
		if a := e.peers[p]; a != nil {
			return a
		}
	}
	return nil
}

// findOrDial returns the association with a peer, or else joins or starts a dial.
func (e *endpoint) findOrDial(peer []netip.AddrPort) (*association, *dial, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != onetomany.Open {
		return nil, nil, transport.ErrClosed
	}
	if a := e.find(peer); a != nil {
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

// connect starts an association. The endpoint's lock must be held, so the event of the
// association is handled later.
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
		// The peer was first: its association is up, but the event has not been read yet.
	case errors.Is(err, unix.ECONNREFUSED):
		return 0, &transport.DownError{Cause: transport.CauseRefused}
	default:
		return 0, &transport.DownError{Cause: transport.CauseUnreachable, Reason: os.NewSyscallError("connect", err).Error()}
	}
	for _, p := range peer {
		var id assocID
		if id, err = s.findID(p); err == nil {
			return id, nil
		}
	}
	// The kernel has forgotten the association: the peer, on this host, has refused already.
	return 0, &transport.DownError{Cause: transport.CauseRefused}
}

// wait waits for the outcome. When the last waiting call leaves, the dial is abandoned.
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
	case <-d.done: // The outcome came at the same time.
		return d.assoc, d.err
	default:
	}
	if d.waiters--; d.waiters == 0 {
		d.abandon(err)
	}
	return nil, err
}

// abandon gives up the dial, and aborts the association at the peer, which may be up
// there. The endpoint's lock must be held.
func (d *dial) abandon(err error) {
	d.e.abandoned[d.id] = true
	_ = d.e.sock.end(d.id, flagAbort, "given up")
	d.finish(nil, err)
}

// finish ends the dial. The endpoint's lock must be held.
func (d *dial) finish(a *association, err error) {
	delete(d.e.dials, d.id)
	d.assoc, d.err = a, err
	close(d.done)
}
