package memnet

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
)

// headStart is the time that Dial gives an address before Dial tries the next address
// too.
const headStart = 250 * time.Millisecond

// A dial is a call of Dial in progress.
type dial struct {
	endpoint *endpoint
	peer     []netip.AddrPort
	tried    int // The number of addresses tried so far.
	refused  int // The number of addresses that have refused.
	chosen   bool
	finished bool
	done     chan struct{} // Closed when finished.
	assoc    *association
	err      error
}

// Dial opens an association.
func (e *endpoint) Dial(ctx context.Context, peer []netip.AddrPort) (transport.Association, error) {
	if len(peer) == 0 {
		return nil, errors.New("memnet: dial without an address")
	}
	return await.Value(ctx, func() (transport.Association, <-chan struct{}, error) { return e.open(ctx, peer) })
}

// open returns the association with the peer, and waits for a dial if there is none. While
// the association is being shut down, open returns a channel that is closed at its end: the
// next association with the peer comes after that.
func (e *endpoint) open(ctx context.Context, peer []netip.AddrPort) (transport.Association, <-chan struct{}, error) {
	e.net.lock()
	a, d, err := e.startDial(peer)
	ending := a != nil && a.state != stateUp
	e.net.unlock()
	switch {
	case err != nil:
		return nil, nil, err
	case ending:
		return nil, a.done, nil
	case d != nil:
		a, err := d.wait(ctx)
		return a, nil, err
	}
	return a, nil, nil
}

// startDial returns the association with the peer, or starts a dial if there is none. The
// network must be locked.
func (e *endpoint) startDial(peer []netip.AddrPort) (*association, *dial, error) {
	if e.closed || e.closing {
		return nil, nil, transport.ErrClosed
	}
	to := func(addr netip.AddrPort) place { return place{e.net.findHost(e.host, addr.Addr()), addr.Port()} }
	peer = slices.DeleteFunc(slices.Clone(peer), func(addr netip.AddrPort) bool { return to(addr) == e.place() })
	if len(peer) == 0 {
		return nil, nil, &transport.DownError{Cause: transport.CauseRefused, Reason: "the endpoint's own address"}
	}
	for _, addr := range peer {
		if a := e.assocs[to(addr)]; a != nil {
			return a, nil, nil
		}
	}
	d := &dial{endpoint: e, peer: peer, done: make(chan struct{})}
	e.dials = append(e.dials, d)
	if t := e.net.config.DialTimeout; t > 0 {
		e.net.schedule(time.Now().Add(t), func() {
			d.finish(nil, &transport.DownError{Cause: transport.CauseUnreachable, Reason: "no answer"})
		})
	}
	d.tryNext()
	return nil, d, nil
}

// wait waits for the end of the dial, and ends the dial when the context ends first.
func (d *dial) wait(ctx context.Context) (transport.Association, error) {
	select {
	case <-d.done:
	case <-ctx.Done():
		d.endpoint.net.lock()
		d.finish(nil, ctx.Err())
		d.endpoint.net.unlock()
	}
	if d.err != nil {
		return nil, d.err
	}
	return d.assoc, nil
}

// finish ends the dial, if the dial is pending.
func (d *dial) finish(a *association, err error) {
	if d.finished {
		return
	}
	d.finished = true
	d.assoc, d.err = a, err
	d.endpoint.dials = slices.DeleteFunc(d.endpoint.dials, func(x *dial) bool { return x == d })
	close(d.done)
}

// isPending reports whether the dial has not ended.
func (d *dial) isPending() bool { return !d.finished }

// isDialTo reports whether the dial tries an address of a place.
func (d *dial) isDialTo(p place) bool {
	return slices.ContainsFunc(d.peer, func(a netip.AddrPort) bool {
		return a.Port() == p.port && d.endpoint.net.findHost(d.endpoint.host, a.Addr()) == p.host
	})
}

// tryNext tries the next address, if there is one.
func (d *dial) tryNext() {
	if d.finished || d.chosen || d.tried == len(d.peer) {
		return
	}
	addr := d.peer[d.tried]
	d.tried++
	tried := d.tried
	n := d.endpoint.net
	n.schedule(time.Now().Add(headStart), func() {
		if d.tried == tried {
			d.tryNext()
		}
	})
	if h := n.findHost(d.endpoint.host, addr.Addr()); h != nil {
		d.sendInit(addr, place{h, addr.Port()})
	}
}

// sendInit sends INIT to an address.
func (d *dial) sendInit(addr netip.AddrPort, to place) {
	there, back := d.routes(to)
	there.transmit(packet{repeated: d.isPending, arrive: func() {
		if reason, cause := to.host.checkRefusal(addr); cause != 0 {
			back.transmit(packet{arrive: func() { d.handleRefusal(cause, reason) }})
			return
		}
		// The listener keeps no state, so the dialling side repeats the packets in both
		// directions.
		answered := time.Now()
		back.transmit(packet{repeated: d.isPending, arrive: func() {
			if !d.finished && !d.chosen {
				d.chosen = true
				d.sendCookieEcho(addr, to, answered)
			}
		}})
	}})
}

// routes returns the routes to a peer and back.
func (d *dial) routes(to place) (there, back *route) {
	n, from := d.endpoint.net, d.endpoint.place()
	return n.routeOf(from, to), n.routeOf(to, from)
}

// checkRefusal returns the cause for which a host refuses an association at an address,
// and 0 if the host accepts.
func (h *Host) checkRefusal(addr netip.AddrPort) (string, transport.Cause) {
	e := h.endpoints[addr.Port()]
	switch {
	case e == nil || !e.isBoundTo(addr.Addr()):
		return "nothing listens at " + addr.String(), transport.CauseRefused
	case e.closing:
		return "shutting down", transport.CauseAbortPeer
	case e.noAccept:
		return "not a server", transport.CauseAbortPeer
	case len(e.backlog) >= h.net.config.Backlog:
		return "too many associations", transport.CauseAbortPeer
	}
	return "", 0
}

// handleRefusal counts an address that has refused. The dial fails with the last address.
func (d *dial) handleRefusal(cause transport.Cause, reason string) {
	d.refused++
	if d.refused == len(d.peer) || d.chosen {
		d.finish(nil, &transport.DownError{Cause: cause, Reason: reason})
		return
	}
	d.tryNext()
}

// sendCookieEcho sends COOKIE ECHO, which brings up the peer's side of the association.
func (d *dial) sendCookieEcho(addr netip.AddrPort, to place, answered time.Time) {
	there, back := d.routes(to)
	sent := time.Now()
	there.transmit(packet{repeated: d.isPending, arrive: func() {
		if d.finished {
			return
		}
		if reason, cause := to.host.checkRefusal(addr); cause != 0 {
			back.transmit(packet{arrive: func() { d.handleRefusal(cause, reason) }})
			return
		}
		far := to.host.endpoints[to.port].admit(d.endpoint, addr, answered)
		near := far.peer
		back.transmit(packet{repeated: far.isAlive, arrive: func() { near.handleCookieAck(sent) }})
	}})
}

// admit makes both sides of an association that a peer opens, and brings up the accepting
// side. If the two endpoints already have an association, both have dialled at once, and
// admit returns that association. If the peer's endpoint is another endpoint or has ended
// its side, the peer has restarted.
func (e *endpoint) admit(peer *endpoint, addr netip.AddrPort, answered time.Time) *association {
	if old := e.assocs[peer.place()]; old != nil {
		if old.peer.endpoint == peer && old.peer.state != stateEnded {
			return old
		}
		cause := transport.CauseRestart
		if old.state == stateShutdown {
			cause = transport.CauseShutdown
		}
		old.end(cause, "")
	}
	far := newAssociation(e, peer, addr.Addr())
	near := newAssociation(peer, e, addr.Addr())
	far.peer, near.peer = near, far
	far.remote, near.remote = near.local, far.local
	far.rtt = time.Since(answered)
	e.addAssociation(far)
	return far
}

// handleCookieAck brings up the dialling side.
func (a *association) handleCookieAck(sent time.Time) {
	switch {
	case a.state != stateNew:
	case a.endpoint.closed:
		a.end(transport.CauseAbortLocal, "endpoint closed")
		a.answerStray()
	case !slices.ContainsFunc(a.endpoint.dials, func(d *dial) bool { return d.isDialTo(a.key) }):
		a.abort("dial cancelled")
	default:
		a.rtt = time.Since(sent)
		a.endpoint.addAssociation(a)
	}
}
