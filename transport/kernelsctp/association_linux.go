//go:build linux && !386

package kernelsctp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ishidawataru/sctp"
	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/budget"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/onetomany"
	"github.com/rserpool-go/rserpool/transport/internal/recvqueue"
	"github.com/rserpool-go/rserpool/transport/step"
)

// reasonMax is the length of the longest reason in an ABORT, in octets.
const reasonMax = 256

// An association implements transport.Association.
type association struct {
	e       *endpoint
	id      uint64
	kernel  assocID
	streams uint16 // Outgoing streams.
	local   []netip.AddrPort
	remote  []netip.AddrPort

	sock     atomic.Pointer[socket] // The endpoint's socket, or a socket of its own.
	received *recvqueue.Queue
	account  *budget.Account
	sending  chan struct{} // Of capacity 1; full while a call sends.
	shutting atomic.Bool   // Shutdown was called.
	err      atomic.Pointer[transport.DownError]
	done     chan struct{}

	// The endpoint's lock guards the fields below.
	partial  []byte // The first part of an incomplete message.
	ending   bool   // Either side has started to shut down.
	pathDown bool   // The last event of a path reported that the path fails.
}

var _ transport.Association = (*association)(nil)

// newAssociation makes an association that has come up. The endpoint's lock must be held.
func (e *endpoint) newAssociation(ev event, old *association) *association {
	e.lastID++
	a := &association{
		e:        e,
		id:       e.lastID,
		kernel:   ev.id,
		streams:  ev.streams,
		received: recvqueue.New(e.config.QueueLimit),
		sending:  make(chan struct{}, 1),
		done:     make(chan struct{}),
	}
	a.account = e.config.Budget.Open(a)
	s := e.sock
	if old != nil {
		s = old.sock.Load()
	}
	a.sock.Store(s)
	a.local = s.addrs(sctp.SCTP_GET_LOCAL_ADDRS, ev.id)
	a.remote = s.addrs(sctp.SCTP_GET_PEER_ADDRS, ev.id)
	if i := slices.Index(a.remote, ev.peer); i >= 0 {
		a.remote = slices.Delete(a.remote, i, i+1)
	}
	a.remote = slices.Insert(a.remote, 0, ev.peer)
	if len(a.local) == 0 {
		a.local = e.LocalAddrs() // The association has ended meanwhile, and the kernel has forgotten its addresses.
	}
	s.allowForPaths(ev.id, len(a.remote), e.config)
	return a
}

// ID implements transport.Association.
func (a *association) ID() step.AssocID { return step.AssocID(a.id) }

// LocalAddrs implements transport.Association.
func (a *association) LocalAddrs() []netip.AddrPort { return slices.Clone(a.local) }

// RemoteAddrs implements transport.Association.
func (a *association) RemoteAddrs() []netip.AddrPort { return slices.Clone(a.remote) }

// RTT implements transport.Association: that of the primary path.
func (a *association) RTT() time.Duration {
	if a.err.Load() != nil {
		return 0
	}
	return a.sock.Load().rtt(a.kernel)
}

// Done implements transport.Association.
func (a *association) Done() <-chan struct{} { return a.done }

// Err implements transport.Association.
func (a *association) Err() error {
	if down := a.err.Load(); down != nil {
		return down
	}
	return nil
}

// Send implements transport.Association.
func (a *association) Send(ctx context.Context, m transport.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case a.sending <- struct{}{}:
	case <-a.done:
		return a.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-a.sending }()
	for {
		s := a.sock.Load()
		err := a.send(s, m, s.control)
		if err == transport.ErrWouldWait && s == a.e.sock {
			a.moveOut() // Other associations have filled the shared buffer.
			continue
		}
		if err == transport.ErrWouldWait {
			err = a.sendWhenRoom(ctx, s, m)
		}
		if err != transport.ErrWouldWait {
			return err
		}
	}
}

// sendWhenRoom waits until the association's own socket has room, and sends a message. A peer
// that takes nothing for StallTimeout loses the association. The caller must have filled
// a.sending.
func (a *association) sendWhenRoom(ctx context.Context, s *socket, m transport.Message) error {
	waiting, cancel := context.WithTimeout(ctx, a.e.config.StallTimeout)
	defer cancel()
	err := a.send(s, m, func(f func() error) error {
		return s.controlWhenRoom(waiting, func() error {
			if a.e.catchUp(a, s); a.Err() != nil {
				return unix.EPIPE
			}
			return f()
		})
	})
	if waiting.Err() == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	a.abortOverload("peer takes no data")
	return a.Err()
}

// TrySend implements transport.Association.
func (a *association) TrySend(m transport.Message) error {
	select {
	case a.sending <- struct{}{}:
	default:
		return transport.ErrWouldWait
	}
	defer func() { <-a.sending }()
	s := a.sock.Load()
	return a.send(s, m, s.control)
}

// send sends a message by a socket. The result is ErrWouldWait if the socket has no room,
// or no longer belongs to the association. send calls the kernel through control. The
// caller must have filled a.sending.
func (a *association) send(s *socket, m transport.Message, control func(func() error) error) error {
	switch {
	case len(m.Data) > MaxMessageSize:
		return transport.ErrMessageTooLarge
	case len(m.Data) == 0:
		return transport.ErrMessageEmpty
	case m.Stream >= a.streams:
		return fmt.Errorf("kernelsctp: send on stream %d: the association has %d", m.Stream, a.streams)
	}
	if err := a.Err(); err != nil {
		return err
	}
	if a.shutting.Load() {
		return &transport.DownError{Cause: transport.CauseShutdown, Reason: "shutting down"}
	}
	err := control(func() error { return s.write(a.kernel, m.Stream, m.PPID, m.Data) })
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case err == unix.EAGAIN, err == unix.EINTR, a.hasLeft(s):
		return transport.ErrWouldWait
	case err == unix.ENOMEM, err == unix.ENOBUFS:
		return fmt.Errorf("kernelsctp: %w", os.NewSyscallError("sendmsg", err))
	}
	if down := a.Err(); down != nil {
		return down
	}
	// The kernel refuses data, but the event of the end has not been read yet.
	cause := transport.CauseShutdown
	switch err {
	case unix.ECONNRESET:
		cause = transport.CauseAbortPeer
	case unix.ETIMEDOUT:
		cause = transport.CauseUnreachable
	}
	return &transport.DownError{Cause: cause, Reason: "the association is ending: " + err.Error()}
}

// hasLeft reports whether the association has left a socket. The kernel moves the
// association while the endpoint's lock is held, so hasLeft waits for the lock.
func (a *association) hasLeft(s *socket) bool {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	return a.sock.Load() != s
}

// isEnding reports whether either side has started to shut down.
func (a *association) isEnding() bool {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	return a.ending
}

// moveOut gives the association a socket of its own, unless it has one already, or has
// ended.
func (a *association) moveOut() {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	a.e.peelOff(a)
}

// Receive implements transport.Association.
func (a *association) Receive(ctx context.Context) (transport.Message, error) {
	m, err := a.received.Get(ctx)
	if err == nil {
		a.account.Take()
	}
	return m, err
}

// Shutdown implements transport.Association.
func (a *association) Shutdown(ctx context.Context) error {
	a.e.mu.Lock()
	a.startShutdown()
	a.e.mu.Unlock()
	return await.Shutdown(ctx, a)
}

// startShutdown starts the graceful end. The endpoint's lock must be held.
func (a *association) startShutdown() {
	if a.err.Load() != nil || a.shutting.Swap(true) {
		return
	}
	a.ending = true
	// An error means that the association is about to end anyway.
	_ = a.sock.Load().end(a.kernel, flagEOF, "")
}

// Abort implements transport.Association.
func (a *association) Abort(reason string) {
	a.e.mu.Lock()
	defer a.e.mu.Unlock()
	a.abort(reason, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason})
}

// abort ends the association at once. The endpoint's lock must be held.
func (a *association) abort(reason string, down *transport.DownError) {
	if a.err.Load() != nil {
		return
	}
	_ = a.sock.Load().end(a.kernel, flagAbort, reason[:min(len(reason), reasonMax)])
	a.end(down, false)
}

// end records the end of the association, for the first cause only. Messages received
// before the end can still be read. A restarted association leaves its socket to its
// successor. The endpoint's lock must be held.
func (a *association) end(down *transport.DownError, restarted bool) {
	if !a.err.CompareAndSwap(nil, down) {
		return
	}
	e := a.e
	delete(e.assocs, a.kernel)
	source := onetomany.SourceOf(a.remote[0].Addr())
	if e.sources[source]--; e.sources[source] == 0 {
		delete(e.sources, source)
	}
	for _, p := range a.remote {
		if e.peers[p] == a {
			delete(e.peers, p)
		}
	}
	a.partial = nil
	close(a.done)
	a.leave()
	a.received.Close(down)
	if s := a.sock.Load(); s != e.sock && !restarted {
		s.interrupt()
	}
}
