package transport

import (
	"context"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
)

// A Network is a place where endpoints live: the network stack of a host, or a host of an
// in-memory network.
type Network interface {
	// Listen binds an endpoint. The context limits Listen itself, not the endpoint.
	Listen(ctx context.Context, config ListenConfig) (Endpoint, error)

	// Join becomes a member of a multicast group, and receives the datagrams sent to the
	// group's address and port. The membership covers every multicast-capable interface
	// and loopback, or the interfaces to which the network is limited.
	Join(ctx context.Context, group netip.AddrPort) (Group, error)
}

// ListenConfig states where an endpoint is bound. The zero value binds every address of
// the host, and a port that the system chooses.
type ListenConfig struct {
	// Addrs are the local addresses. Empty: all addresses of the host, IPv4 and IPv6.
	Addrs []netip.Addr

	// Port is the SCTP port; for SCTP in UDP, also the UDP port. 0: any free port.
	Port uint16

	// NoAccept refuses associations that peers open: the endpoint is only for Dial.
	NoAccept bool
}

// An Endpoint is a one-to-many SCTP endpoint (RFC 9260, 1.3): a port, and any number of
// associations, opened from either side. Its methods may be called by several goroutines.
type Endpoint interface {
	// LocalAddrs returns the addresses at which the endpoint can be reached, all with the
	// endpoint's port. An endpoint bound to all addresses returns the present addresses
	// of the host, the widest scope first.
	LocalAddrs() []netip.AddrPort

	// Dial opens an association from the endpoint's port to a peer. All addresses in the
	// list must belong to this peer, and have the same port. Dial tries the addresses in
	// order, each with a short head start before the next, and uses the first address
	// that answers. Addresses at which no peer can be, such as multicast addresses and
	// the endpoint's own, are skipped. While an association with that peer is up, Dial
	// returns that association.
	Dial(ctx context.Context, peer []netip.AddrPort) (Association, error)

	// Accept returns the next association that a peer has opened, or [ErrClosed] once the
	// endpoint is closed.
	Accept(ctx context.Context) (Association, error)

	// SendMulticast sends a datagram to a group, once on each interface. The UDP source
	// port is the endpoint's port, so a receiver takes the source of the datagram as the
	// endpoint's address. SendMulticast fails only if no interface accepted the datagram.
	SendMulticast(group netip.AddrPort, data []byte) error

	// Shutdown refuses new associations, shuts down all associations gracefully, and
	// closes the endpoint. Associations that are still up when the context ends are
	// aborted.
	Shutdown(ctx context.Context) error

	// Close aborts all associations and releases the port. Close returns when no
	// goroutine of the endpoint is left.
	Close() error
}

// A Group is a membership in a multicast group.
type Group interface {
	// Receive returns the next datagram and its source, or [ErrClosed] once the group is
	// closed. The data belongs to the caller.
	Receive(ctx context.Context) (data []byte, source netip.AddrPort, err error)

	// Close leaves the group.
	Close() error
}

// A Message is a user message of SCTP.
type Message struct {
	// PPID is the payload protocol identifier, in host byte order.
	PPID uint32
	// Stream is the stream identifier.
	Stream uint16
	// Data is the user data. The data of a sent message belongs to the sender again when
	// Send has returned. The data of a received message belongs to the receiver.
	Data []byte
}

// An Association is an SCTP association. Its methods may be called by several goroutines.
type Association interface {
	// ID returns a number that no other association of the endpoint has, or will have
	// later.
	ID() step.AssocID

	// LocalAddrs and RemoteAddrs return the transport addresses of the two sides, the
	// primary address first. Neither list is ever empty, even after the end.
	LocalAddrs() []netip.AddrPort
	RemoteAddrs() []netip.AddrPort

	// RTT returns the smoothed round-trip time, 0 while there is no measurement.
	RTT() time.Duration

	// Send queues a message, to be delivered reliably and in order within its stream.
	// Send waits while the send queue is full. Success does not mean delivery.
	Send(ctx context.Context, m Message) error

	// TrySend is Send without waiting: where Send would wait, TrySend returns
	// [ErrWouldWait], and the message is not queued.
	TrySend(m Message) error

	// Receive returns the next message. When the association has ended, and every earlier
	// message has been returned, Receive returns a *[DownError].
	Receive(ctx context.Context) (Message, error)

	// Hold notes octets that the caller keeps for the association, such as messages that wait
	// for Send. The octets count as memory of the association, as the data in the transport
	// does. A transport with a memory budget aborts the associations that hold most. A
	// negative number takes octets back.
	Hold(octets int)

	// Shutdown ends the association gracefully, after delivery of all queued messages. If
	// the context ends first, Shutdown aborts the association and returns the context's
	// error. An association that ended for another cause makes Shutdown return its
	// *[DownError].
	Shutdown(ctx context.Context) error

	// Abort ends the association at once, and sends the reason to the peer.
	Abort(reason string)

	// Done returns a channel that is closed when the association ends.
	Done() <-chan struct{}

	// Err returns the cause of the end as a *[DownError], and nil while the association
	// is up.
	Err() error
}
