package transport

import (
	"context"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// A Network is where endpoints live: a host's network stack, or a host of an
// in-memory network.
type Network interface {
	// Listen binds an endpoint.
	Listen(ctx context.Context, config ListenConfig) (Endpoint, error)

	// Join becomes a member of a multicast group on every multicast-capable
	// interface and loopback, or on those that the network is limited to, and
	// receives the datagrams sent to its address and port.
	Join(ctx context.Context, group netip.AddrPort) (Group, error)
}

// ListenConfig says where an endpoint is bound. The zero value binds every
// address of the host and a port that the system chooses.
type ListenConfig struct {
	// Addrs are the local addresses. Empty: all of the host, IPv4 and IPv6.
	Addrs []netip.Addr

	// Port is the SCTP port, and for SCTP in UDP the UDP port too. 0: any free
	// port.
	Port uint16
}

// An Endpoint is a one-to-many SCTP endpoint (RFC 9260, 1.3): one port, any
// number of associations, opened from either side.
type Endpoint interface {
	// LocalAddrs returns the addresses and the port at which the endpoint can be
	// reached: for an endpoint bound to all addresses, those of the host now,
	// the widest scope first. All have the same port.
	LocalAddrs() []netip.AddrPort

	// Dial opens an association from the endpoint's port. All addresses are of
	// one peer, with one port; they are tried in order with a short head start
	// each, and the first that answers is used. Those that are no peer's, such as
	// multicast addresses and the endpoint's own, are passed over. Where an
	// association with that peer is up already, Dial returns it.
	Dial(ctx context.Context, peer []netip.AddrPort) (Association, error)

	// Accept returns the next association that a peer has opened. It returns
	// [ErrClosed] once the endpoint is closed.
	Accept(ctx context.Context) (Association, error)

	// SendMulticast sends one datagram to a group on each interface, with the
	// endpoint's port as its UDP source port: a receiver takes the datagram's
	// source as the endpoint's address. It fails only if no interface took it.
	SendMulticast(group netip.AddrPort, data []byte) error

	// Shutdown refuses new associations, shuts those that are up down
	// gracefully, aborts what is left when the context ends, and closes.
	Shutdown(ctx context.Context) error

	// Close aborts all associations and releases the port. It returns when no
	// goroutine of the endpoint is left.
	Close() error
}

// A Group is a membership in a multicast group.
type Group interface {
	// Receive returns the next datagram and its source. The data belongs to the
	// caller. It returns [ErrClosed] once the group is closed.
	Receive(ctx context.Context) (data []byte, source netip.AddrPort, err error)

	// Close leaves the group.
	Close() error
}

// A Message is one SCTP user message.
type Message struct {
	// PPID is the payload protocol identifier, in host byte order.
	PPID uint32
	// Stream is the stream identifier.
	Stream uint16
	// Data is the user data. Of a sent message it is the caller's, and may be
	// used again when Send has returned; of a received one it is the receiver's.
	Data []byte
}

// An Association is an SCTP association. Its methods may be called by several
// goroutines.
type Association interface {
	// ID is unique among the associations of an endpoint, over its whole life.
	ID() step.AssocID

	// LocalAddrs and RemoteAddrs return the transport addresses of both sides,
	// the primary one first. There is one at least, after the end as well.
	LocalAddrs() []netip.AddrPort
	RemoteAddrs() []netip.AddrPort

	// RTT returns the smoothed round-trip time, 0 while there is no measurement.
	RTT() time.Duration

	// Send queues a message, reliable and in order within its stream. It waits
	// while the send queue is full. Its success does not mean delivery.
	Send(ctx context.Context, m Message) error

	// TrySend is Send that never waits: where Send would, it returns
	// [ErrWouldWait], and the message is not queued.
	TrySend(m Message) error

	// Receive returns the next message. When the association has ended and all
	// that came before is read, it returns a *[DownError].
	Receive(ctx context.Context) (Message, error)

	// Shutdown ends the association gracefully: what is queued is delivered
	// first. When the context ends before, the association is aborted.
	Shutdown(ctx context.Context) error

	// Abort ends the association at once, and tells the peer.
	Abort(reason string)

	// Done is closed when the association has ended.
	Done() <-chan struct{}

	// Err returns why the association ended, a *[DownError]; nil while it is up.
	Err() error
}
