package udpsctp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/sctp"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/internal/recvqueue"
	"github.com/rserpool-go/rserpool/transport/step"
)

// An association implements transport.Association. The endpoint does the handshake, the
// heartbeats and the end. pion/sctp does the part between: DATA, SACK and the SHUTDOWN
// chunks.
type association struct {
	e                 *endpoint
	id                uint64
	localTag, peerTag uint32
	out, in           uint16 // The numbers of streams.
	sctpPort          uint16 // The peer's SCTP port.
	path              atomic.Pointer[path]
	pipe              pipe
	received          *recvqueue.Queue
	heart             heart
	held              held

	key peerKey // Guarded by the endpoint's lock.

	sctp      *sctp.Association
	streamsMu sync.Mutex
	streams   map[uint16]*sctp.Stream

	closing  atomic.Bool // Either side has started to shut down.
	sendMu   sync.Mutex  // Held while a message goes to pion/sctp.
	shutting bool        // Guarded by sendMu.
	room     room

	endMu sync.Mutex
	err   error // Guarded by endMu.
	done  chan struct{}
}

var _ transport.Association = (*association)(nil)

// newAssociation makes an association whose handshake is complete. The endpoint's lock
// must be held. The result is nil if pion/sctp refuses the parameters, which never
// happens.
func newAssociation(e *endpoint, key peerKey, p *path, local, peer initParams, rtt time.Duration) *association {
	e.lastID++
	a := &association{
		e:        e,
		id:       e.lastID,
		localTag: local.tag,
		peerTag:  peer.tag,
		out:      min(local.out, peer.in),
		in:       min(local.in, peer.out),
		sctpPort: key.port,
		key:      key,
		received: recvqueue.New(0), // Bounded by pipe.push.
		streams:  make(map[uint16]*sctp.Stream, 1),
		done:     make(chan struct{}),
	}
	a.path.Store(p)
	a.pipe.init(a, peer.tsn)
	assoc, err := sctp.ClientWithOptions(
		sctp.WithNetConn(&a.pipe),
		sctp.WithName("udpsctp"),
		sctp.WithLoggerFactory(silence{}),
		sctp.WithMTU(uint32(e.config.MTU)),
		sctp.WithMaxMessageSize(MaxMessageSize),
		sctp.WithMaxReceiveBufferSize(uint32(e.config.ReceiveBuffer)),
		sctp.WithRACKOptions(sctp.WithRackWCDelAck(delayedAckMax)),
		sctp.WithRTOMax(float64(e.config.RTOMax.Milliseconds())),
		sctp.WithEnableZeroChecksum(true), // Inside this process only; see initParams.token.
		sctp.WithEnableInterleaving(false),
		sctp.WithSNAP(local.token(), peer.token()),
	)
	if err != nil {
		return nil
	}
	a.sctp = assoc
	a.held.init(a)
	e.Running.Add(1)
	close(a.pipe.ready)
	a.heart.start(a, rtt)
	return a
}

// ID implements transport.Association.
func (a *association) ID() step.AssocID { return step.AssocID(a.id) }

// LocalAddrs implements transport.Association.
func (a *association) LocalAddrs() []netip.AddrPort {
	p := a.path.Load()
	if !p.local.IsValid() {
		return a.e.LocalAddrs()
	}
	return []netip.AddrPort{netip.AddrPortFrom(p.local.WithZone(p.remote.Addr().Zone()), a.e.port)}
}

// RemoteAddrs implements transport.Association. The port is the peer's SCTP port.
func (a *association) RemoteAddrs() []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(a.path.Load().remote.Addr(), a.sctpPort)}
}

// RTT implements transport.Association. Heartbeats measure the round-trip time.
func (a *association) RTT() time.Duration { return time.Duration(a.heart.rtt.Load()) }

// Done implements transport.Association.
func (a *association) Done() <-chan struct{} { return a.done }

// Err implements transport.Association.
func (a *association) Err() error {
	a.endMu.Lock()
	defer a.endMu.Unlock()
	return a.err
}

// Send implements transport.Association.
func (a *association) Send(ctx context.Context, m transport.Message) error {
	return await.Success(ctx, func() (<-chan struct{}, error) { return a.send(m) })
}

// TrySend implements transport.Association.
func (a *association) TrySend(m transport.Message) error {
	wait, err := a.send(m)
	if wait != nil {
		return transport.ErrWouldWait
	}
	return err
}

// send queues a message. While the send queue is full, send returns a channel that is
// closed when there may be room.
func (a *association) send(m transport.Message) (wait <-chan struct{}, err error) {
	switch {
	case len(m.Data) > MaxMessageSize:
		return nil, transport.ErrMessageTooLarge
	case len(m.Data) == 0:
		return nil, transport.ErrMessageEmpty
	case m.Stream >= a.out:
		return nil, fmt.Errorf("udpsctp: send on stream %d: the association has %d", m.Stream, a.out)
	}
	a.sendMu.Lock()
	defer a.sendMu.Unlock()
	if err := a.Err(); err != nil {
		return nil, err
	}
	if a.shutting {
		return nil, &transport.DownError{Cause: transport.CauseShutdown, Reason: "shutting down"}
	}
	if !a.hasRoom() {
		wait = a.room.wait()
		// The queue may have drained, or the association ended, before room knew of the
		// wait.
		a.held.update(0)
		if !a.hasRoom() && a.Err() == nil {
			return wait, nil
		}
	}
	s, err := a.openStream(m.Stream)
	if err == nil {
		_, err = s.WriteSCTP(m.Data, sctp.PayloadProtocolIdentifier(m.PPID))
	}
	if err == nil {
		a.held.update(len(m.Data))
		return nil, nil
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	// pion/sctp refuses data, but the end has not been recorded yet.
	return nil, &transport.DownError{Cause: transport.CauseShutdown, Reason: "the peer is shutting down"}
}

// hasRoom reports whether the send queue had room when it was last counted.
func (a *association) hasRoom() bool { return a.held.queued.Load() < int64(a.e.config.SendBuffer) }

// openStream returns a stream of pion/sctp, and opens the stream at its first use.
func (a *association) openStream(id uint16) (*sctp.Stream, error) {
	a.streamsMu.Lock()
	defer a.streamsMu.Unlock()
	if s := a.streams[id]; s != nil {
		return s, nil
	}
	s, err := a.sctp.OpenStream(id, 0)
	if err != nil {
		return nil, err
	}
	if id == stubStream {
		// With a deadline in the past, reads never wait. The first read waits until
		// pion/sctp has noticed the deadline.
		if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil {
			return nil, err
		}
		if _, _, err := s.ReadSCTP(nil); err == nil {
			return nil, errors.New("udpsctp: data on a new stream")
		}
	}
	a.streams[id] = s
	return s, nil
}

// Receive implements transport.Association.
func (a *association) Receive(ctx context.Context) (transport.Message, error) {
	m, err := a.received.Get(ctx)
	if err == nil {
		a.pipe.reopenWindow()
		a.held.account.Take()
	}
	return m, err
}

// Shutdown implements transport.Association.
func (a *association) Shutdown(ctx context.Context) error {
	a.startShutdown()
	return await.Shutdown(ctx, a)
}

// startShutdown starts the graceful end without waiting for it.
func (a *association) startShutdown() {
	a.sendMu.Lock()
	defer a.sendMu.Unlock()
	if a.shutting || a.Err() != nil {
		return
	}
	a.shutting = true
	a.closing.Store(true)
	// From now on pion/sctp opens no streams, but the peer may still use new streams. An
	// error means that the association is about to end anyway.
	for id := range a.in {
		if _, err := a.openStream(id); err != nil {
			break
		}
	}
	started, cancel := context.WithCancel(context.Background())
	cancel()
	// The error is that of the context: the shutdown goes on without the caller. If the
	// peer was first, the shutdown of the peer goes on instead.
	_ = a.sctp.Shutdown(started)
}

// Abort implements transport.Association.
func (a *association) Abort(reason string) {
	a.abort(causeUserAbort, reason, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason})
}

// abort ends the association at once, and sends the peer an ABORT with the reason. The ABORT
// goes first: afterwards, packets of the peer are answered by ABORTs without a reason.
func (a *association) abort(code uint16, reason string, down *transport.DownError) {
	if a.settle(down) {
		a.e.sendAbort(a.path.Load(), a.sctpPort, a.peerTag, code, reason)
		a.leave()
	}
}

// abortForViolation ends the association because the peer has broken the protocol.
func (a *association) abortForViolation(code uint16, reason string) {
	a.abort(code, reason, &transport.DownError{Cause: transport.CauseProtocol, Reason: reason})
}

// end ends the association, unless it has ended before. Messages received before the end
// can still be read. Callers may hold locks of pion/sctp, so end must not call pion/sctp.
func (a *association) end(down *transport.DownError) {
	if a.settle(down) {
		a.leave()
	}
}

// settle records the end of the association, and reports false if the association had ended
// before.
func (a *association) settle(down *transport.DownError) bool {
	a.endMu.Lock()
	defer a.endMu.Unlock()
	if a.err != nil {
		return false
	}
	a.err = down
	close(a.done)
	return true
}

// leave removes the association from its endpoint.
func (a *association) leave() {
	a.e.timers.stop(a.heart.timer)
	a.e.remove(a)
	a.pipe.end()
	a.room.announce()
	go a.reap()
}

// reap waits until pion/sctp has processed all packets received before the end, and then
// stops pion/sctp.
func (a *association) reap() {
	defer a.e.Running.Done()
	<-a.pipe.drained
	// The error is the error of closing the pipe: always nil.
	_ = a.sctp.Close()
}

// lossCause returns the cause of the end when the peer no longer has the association:
// down in general. At the end of a shutdown, when this side has sent its SHUTDOWN ACK,
// all data has arrived, and the cause is CauseShutdown.
func (a *association) lossCause(down *transport.DownError) *transport.DownError {
	if a.pipe.shutdownAcked.Load() {
		return &transport.DownError{Cause: transport.CauseShutdown}
	}
	return down
}

// A room wakes senders when the send queue has room again.
type room struct {
	ch atomic.Pointer[chan struct{}]
}

// wait returns a channel that the next announce closes.
func (r *room) wait() <-chan struct{} {
	for {
		if ch := r.ch.Load(); ch != nil {
			return *ch
		}
		ch := make(chan struct{})
		if r.ch.CompareAndSwap(nil, &ch) {
			return ch
		}
	}
}

// isAwaited reports whether a sender waits.
func (r *room) isAwaited() bool { return r.ch.Load() != nil }

// announce wakes all senders that wait.
func (r *room) announce() {
	if ch := r.ch.Swap(nil); ch != nil {
		close(*ch)
	}
}
