package memnet

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/await"
	"github.com/rserpool-go/rserpool/transport/step"
)

// A state is the state of one side of an association.
type state uint8

const (
	stateNew      state = iota // The dialling side before COOKIE ACK.
	stateUp                    // Both sides can send.
	stateShutdown              // A shutdown has started on either side: no new messages.
	stateEnded
)

// An association is one side of an association; it implements transport.Association. The
// network's mutex guards the fields below the blank line.
type association struct {
	endpoint *endpoint
	key      place        // The peer.
	peer     *association // The other side.
	local    []netip.AddrPort
	remote   []netip.AddrPort
	route    *route        // Leads to the peer.
	done     chan struct{} // Closed at the end.

	id        uint64
	state     state
	since     time.Time // The creation of this side.
	rtt       time.Duration
	err       *transport.DownError
	queue     []transport.Message // Received messages before Receive.
	readable  signal              // Given when the queue fills, and at the end.
	unread    int                 // The number of sent messages that the peer has not read.
	writeable signal              // Given when there is room again, and when sending stops.
}

// newAssociation returns one side of an association. The address dialled is an address of
// the listening endpoint; on the listening side it becomes the primary local address.
func newAssociation(e, peer *endpoint, dialled netip.Addr) *association {
	local := e.LocalAddrs()
	if i := slices.IndexFunc(local, func(a netip.AddrPort) bool { return a.Addr() == dialled }); i > 0 {
		primary := local[i]
		local = slices.Insert(slices.Delete(local, i, i+1), 0, primary)
	}
	return &association{
		endpoint: e,
		key:      peer.place(),
		local:    local,
		route:    e.net.routeOf(e.place(), peer.place()),
		done:     make(chan struct{}),
		since:    time.Now(),
	}
}

// ID returns the association's number at its endpoint.
func (a *association) ID() step.AssocID { return step.AssocID(a.id) }

// LocalAddrs returns this side's addresses.
func (a *association) LocalAddrs() []netip.AddrPort { return slices.Clone(a.local) }

// RemoteAddrs returns the peer's addresses.
func (a *association) RemoteAddrs() []netip.AddrPort { return slices.Clone(a.remote) }

// RTT returns the round-trip time measured during the handshake.
func (a *association) RTT() time.Duration { return a.rtt }

// Done implements transport.Association.
func (a *association) Done() <-chan struct{} { return a.done }

// Err returns the cause of the end.
func (a *association) Err() error {
	select {
	case <-a.done:
		return a.err // Set before done is closed, and never changed.
	default:
		return nil
	}
}

// Send queues a message.
func (a *association) Send(ctx context.Context, m transport.Message) error {
	return await.Success(ctx, func() (<-chan struct{}, error) { return a.send(m) })
}

// TrySend queues a message if there is room.
func (a *association) TrySend(m transport.Message) error {
	wait, err := a.send(m)
	if wait != nil {
		return transport.ErrWouldWait
	}
	return err
}

// send sends a message. While the queue is full, send returns a channel that is closed
// when there may be room.
func (a *association) send(m transport.Message) (<-chan struct{}, error) {
	n := a.endpoint.net
	switch {
	case len(m.Data) == 0:
		return nil, transport.ErrMessageEmpty
	case len(m.Data) > n.config.MaxMessage:
		return nil, transport.ErrMessageTooLarge
	}
	n.lock()
	defer n.unlock()
	switch {
	case a.state == stateEnded:
		return nil, a.err
	case a.state == stateShutdown:
		return nil, &transport.DownError{Cause: transport.CauseShutdown}
	case a.unread >= n.config.QueueLen:
		return a.writeable.wait(), nil
	}
	a.unread++
	m.Data = slices.Clone(m.Data)
	a.transmit(func() {
		a.peer.queue = append(a.peer.queue, m)
		a.peer.readable.give()
	})
	return nil, nil
}

// Receive returns the next message.
func (a *association) Receive(ctx context.Context) (transport.Message, error) {
	return await.Value(ctx, a.receive)
}

// receive takes a message from the queue. While the queue is empty, receive returns a
// channel that is closed when the next call may have another result.
func (a *association) receive() (transport.Message, <-chan struct{}, error) {
	n := a.endpoint.net
	n.lock()
	defer n.unlock()
	switch {
	case len(a.queue) == 0 && a.state == stateEnded:
		return transport.Message{}, nil, a.err
	case len(a.queue) == 0:
		return transport.Message{}, a.readable.wait(), nil
	}
	a.peer.unread--
	a.peer.writeable.give()
	return pop(&a.queue), nil, nil
}

// Hold does nothing: the network has no memory budget.
func (a *association) Hold(int) {}

// Shutdown ends the association gracefully.
func (a *association) Shutdown(ctx context.Context) error {
	n := a.endpoint.net
	n.lock()
	a.startShutdown()
	n.unlock()
	return await.Shutdown(ctx, a)
}

// startShutdown sends SHUTDOWN after all queued messages. The peer answers after its own
// queued messages. The answer ends this side; the peer's side ends when the last packet
// of the shutdown arrives there.
func (a *association) startShutdown() {
	if a.state != stateUp {
		return
	}
	a.stopSending()
	a.transmit(func() {
		p := a.peer
		p.stopSending()
		p.transmit(func() {
			a.transmit(func() { p.end(transport.CauseShutdown, "") })
			a.end(transport.CauseShutdown, "")
		})
	})
}

// stopSending refuses further messages.
func (a *association) stopSending() {
	a.state = stateShutdown
	a.writeable.give()
}

// Abort ends the association at once.
func (a *association) Abort(reason string) {
	n := a.endpoint.net
	n.lock()
	defer n.unlock()
	if a.state != stateEnded {
		a.abort(reason)
	}
}

// abort ends this side at once, and the peer's side when the ABORT arrives.
func (a *association) abort(reason string) {
	p := a.peer
	a.route.transmit(packet{arrive: func() { p.end(transport.CauseAbortPeer, reason) }})
	a.end(transport.CauseAbortLocal, reason)
}

// transmit sends a packet, and repeats it until it arrives. On arrival, arrive runs,
// unless the peer's side has ended.
func (a *association) transmit(arrive func()) {
	a.route.transmit(packet{repeated: a.canRepeat, arrive: func() {
		if a.peer.state == stateEnded {
			a.peer.answerStray()
			return
		}
		arrive()
	}})
}

// isAlive reports whether this side has not ended.
func (a *association) isAlive() bool { return a.state != stateEnded }

// canRepeat reports whether this side still repeats its packets. After a shutdown, it
// repeats the last packet until the peer's side has ended too.
func (a *association) canRepeat() bool {
	return a.isAlive() || a.err.Cause == transport.CauseShutdown && a.peer.isAlive() && !a.endpoint.crashed
}

// answerStray answers a packet that arrives after the end of this side. The answer is an
// ABORT if the port is in use (RFC 9260, 8.4), and an ICMP message otherwise.
func (a *association) answerStray() {
	p, cause, reason := a.peer, transport.CauseAbortPeer, "no such association"
	here := a.endpoint.place()
	if here.host.endpoints[here.port] == nil {
		cause, reason = transport.CauseRefused, "nothing listens there"
	}
	a.route.transmit(packet{arrive: func() { p.end(cause, reason) }})
}

// end ends this side.
func (a *association) end(cause transport.Cause, reason string) {
	if a.state == stateEnded {
		return
	}
	a.state = stateEnded
	a.err = &transport.DownError{Cause: cause, Reason: reason}
	if a.endpoint.assocs[a.key] == a {
		delete(a.endpoint.assocs, a.key)
	}
	close(a.done)
	a.readable.give()
	a.writeable.give()
	a.peer.startHeartbeats()
}

// startHeartbeats starts the heartbeats that detect the end of the peer's side. Before
// that end, heartbeats would have no effect, so the package leaves them out.
func (a *association) startHeartbeats() {
	interval := a.endpoint.net.config.Heartbeat
	if interval <= 0 || a.state == stateEnded {
		return
	}
	gone := time.Since(a.since)
	next := gone.Truncate(interval) + interval
	a.endpoint.net.schedule(a.since.Add(next), a.sendHeartbeat)
}

// sendHeartbeat sends a heartbeat, and schedules the next heartbeat.
func (a *association) sendHeartbeat() {
	if a.state == stateEnded {
		return
	}
	a.transmit(func() {})
	a.endpoint.net.schedule(time.Now().Add(a.endpoint.net.config.Heartbeat), a.sendHeartbeat)
}
