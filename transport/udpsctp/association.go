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

// An association implements transport.Association. Its handshake, its
// heartbeats and its end are the endpoint's work; pion/sctp has the part between:
// DATA, SACK and the SHUTDOWN chunks.
type association struct {
	e                 *endpoint
	id                uint64
	localTag, peerTag uint32
	out, in           uint16 // The numbers of streams.
	sctpPort          uint16 // The peer's.
	path              atomic.Pointer[path]
	pipe              pipe
	received          *recvqueue.Queue
	heart             heart

	key peerKey // The endpoint's lock guards it.

	sctp      *sctp.Association
	streamsMu sync.Mutex
	streams   map[uint16]*sctp.Stream

	closing  atomic.Bool // Either side has begun to shut down.
	sendMu   sync.Mutex  // Held while a message goes to pion/sctp.
	shutting bool        // Guarded by sendMu.
	room     room

	endMu sync.Mutex
	err   error // Guarded by endMu.
	done  chan struct{}
}

var _ transport.Association = (*association)(nil)

// newAssociation makes an association whose handshake is complete. The endpoint's
// lock must be held. It returns nil if pion/sctp refuses, which it does not.
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
		received: recvqueue.New(0), // pipe.push bounds it.
		streams:  make(map[uint16]*sctp.Stream, 1),
		done:     make(chan struct{}),
	}
	a.path.Store(p)
	a.pipe.init(a)
	assoc, err := sctp.ClientWithOptions(
		sctp.WithNetConn(&a.pipe),
		sctp.WithName("udpsctp"),
		sctp.WithLoggerFactory(silence{}),
		sctp.WithMTU(uint32(e.config.MTU)),
		sctp.WithMaxMessageSize(MaxMessageSize),
		sctp.WithMaxReceiveBufferSize(uint32(e.config.ReceiveBuffer)),
		sctp.WithMaxReassemblyQueueEntries(reassemblyMax),
		sctp.WithRTOMax(float64(e.config.RTOMax.Milliseconds())),
		sctp.WithEnableZeroChecksum(true), // Inside the process only, see initParams.token.
		sctp.WithEnableInterleaving(false),
		sctp.WithSNAP(local.token(), peer.token()),
	)
	if err != nil {
		return nil
	}
	a.sctp = assoc
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

// RTT implements transport.Association. It is measured by heartbeats.
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
	return await.Retry(ctx, func() (<-chan struct{}, error) { return a.send(m) })
}

// TrySend implements transport.Association.
func (a *association) TrySend(m transport.Message) error {
	wait, err := a.send(m)
	if wait != nil {
		return transport.ErrWouldWait
	}
	return err
}

// send queues a message, or returns a channel that is closed when there may be room
// for it.
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
	if a.sctp.BufferedAmount() >= a.e.config.SendBuffer {
		wait = a.room.wait()
		// Room may have come, or the end, before the association knew of the wait.
		if a.sctp.BufferedAmount() >= a.e.config.SendBuffer && a.Err() == nil {
			return wait, nil
		}
	}
	s, err := a.openStream(m.Stream)
	if err == nil {
		_, err = s.WriteSCTP(m.Data, sctp.PayloadProtocolIdentifier(m.PPID))
	}
	if err == nil {
		return nil, nil
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	// Not up any more, and not down yet.
	return nil, &transport.DownError{Cause: transport.CauseShutdown, Reason: "the peer is shutting down"}
}

// openStream returns a openStream of pion/sctp, and opens it at its first use.
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
	// With a read deadline in the past, reads never wait; the first one waits until
	// pion/sctp has noticed.
	if err := s.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return nil, err
	}
	if _, _, err := s.ReadSCTP(nil); err == nil {
		return nil, errors.New("udpsctp: data on a new stream")
	}
	a.streams[id] = s
	return s, nil
}

// Receive implements transport.Association.
func (a *association) Receive(ctx context.Context) (transport.Message, error) {
	m, err := a.received.Get(ctx)
	if err == nil {
		a.pipe.reopenWindow()
	}
	return m, err
}

// Shutdown implements transport.Association.
func (a *association) Shutdown(ctx context.Context) error {
	a.startShutdown()
	return await.Shutdown(ctx, a)
}

// startShutdown starts the graceful end, and does not wait for it.
func (a *association) startShutdown() {
	a.sendMu.Lock()
	defer a.sendMu.Unlock()
	if a.shutting || a.Err() != nil {
		return
	}
	a.shutting = true
	a.closing.Store(true)
	// From now on pion/sctp opens no streams, but the peer may still use new ones.
	// An error means that the association is about to end anyway.
	for id := range a.in {
		if _, err := a.openStream(id); err != nil {
			break
		}
	}
	started, cancel := context.WithCancel(context.Background())
	cancel()
	// It tells that it has been started but not waited for; or that the peer has
	// been first, and then that SHUTDOWN goes its way.
	_ = a.sctp.Shutdown(started)
}

// Abort implements transport.Association.
func (a *association) Abort(reason string) {
	a.abort(causeUserAbort, reason, &transport.DownError{Cause: transport.CauseAbortLocal, Reason: reason})
}

// abort ends the association at once, and tells the peer why.
func (a *association) abort(code uint16, reason string, down *transport.DownError) {
	if a.end(down) {
		a.e.sendAbort(a.path.Load(), a.sctpPort, a.peerTag, code, reason)
	}
}

// abortForViolation ends the association because of what the peer does.
func (a *association) abortForViolation(code uint16, reason string) {
	a.abort(code, reason, &transport.DownError{Cause: transport.CauseProtocol, Reason: reason})
}

// end makes the association down, for one cause: the first. What the peer has
// sent before can still be received. It may be called with locks of pion/sctp
// held, and so must not call it.
func (a *association) end(down *transport.DownError) bool {
	a.endMu.Lock()
	if a.err != nil {
		a.endMu.Unlock()
		return false
	}
	a.err = down
	close(a.done)
	a.endMu.Unlock()

	a.e.timers.stop(a.heart.timer)
	a.e.remove(a)
	a.pipe.end()
	a.room.announce()
	go a.reap()
	return true
}

// reap waits until pion/sctp has taken in what was received before the end, and
// stops it.
func (a *association) reap() {
	defer a.e.Running.Done()
	<-a.pipe.drained
	// The error is that of closing the pipe: none.
	_ = a.sctp.Close()
}

// lossCause is the cause of the end when the peer does not have the association any more, as
// down tells: if the two were at the end of a shutdown, all has arrived, and only the
// peer's last word has not.
func (a *association) lossCause(down *transport.DownError) *transport.DownError {
	if a.pipe.shutdownAcked.Load() {
		return &transport.DownError{Cause: transport.CauseShutdown}
	}
	return down
}

// room tells senders when there is room in the send queue again.
type room struct {
	ch atomic.Pointer[chan struct{}]
}

// wait returns a channel that is closed at the next announce.
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

// isAwaited reports whether anybody waits.
func (r *room) isAwaited() bool { return r.ch.Load() != nil }

// announce wakes all that wait.
func (r *room) announce() {
	if ch := r.ch.Swap(nil); ch != nil {
		close(*ch)
	}
}
