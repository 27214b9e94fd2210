// Package kernelsctp is the SCTP of the Linux kernel (RFC 9260), through sockets of the
// one-to-many style (RFC 6458, 3). It supports multi-homing, and peers without SCTP in UDP.
//
// # Sockets and goroutines
//
// An endpoint has a non-blocking SCTP socket in Go's poller. A goroutine reads the socket,
// and passes each message to the queue of its association. An idle association needs no
// thread, no descriptor and no goroutine.
//
// The kernel's buffers belong to the socket, not to the association. A slow peer or a slow
// receiver must not delay other associations. An association that reaches a limit of the
// shared socket therefore gets its own socket (SCTP_SOCKOPT_PEELOFF), with its own buffers
// and reader. There are two such limits:
//
//   - The queue is full, because Receive is not called. With its own socket, the
//     association closes its own window only.
//   - Send finds no room.
//
// The kernel moves the association's data to the new socket, so messages stay in order. If
// no descriptor is left for the new socket, the association is aborted.
// [Config.MaxAssociations] descriptors are always enough. A peer that keeps the shared send
// buffer almost full can force further associations to have their own sockets.
//
// The end of the process aborts its associations, whatever the cause of the end.
//
// # The library
//
// github.com/ishidawataru/sctp encodes addresses, binds, connects and subscribes to events.
// The following parts are in this package instead:
//
//   - Reading: the library hides the flags of recvmsg. Without the flags, half a message
//     looks like a message, and an event looks like data.
//   - Writing: the library adds an octet to an empty message, such as the end of an
//     association. It also announces each call to the scheduler, which costs more than the
//     call.
//   - The parser of SCTP_GET_LOCAL_ADDRS and SCTP_GET_PEER_ADDRS: the library assumes that
//     all addresses of an association have the IP version of the first.
//   - The number of a new association: SCTPConnect of the library drops the number on a
//     non-blocking socket. SCTP_GET_PEER_ADDR_INFO returns the number for an address.
//   - Options and descriptors: the library's PeelOff reads the new descriptor from the
//     wrong place. Its SCTP_EOF is not the number of Linux. It has no SCTP_NODELAY. Its
//     Close sends to descriptor -1. It passes pointers to options as integers through a
//     function call, while the stack may move.
//
// # Limits
//
//   - The package supports Linux, except on 386. Elsewhere, and if the kernel has no SCTP,
//     [Available] and Listen return [ErrUnsupported].
//   - While the queue of an association with its own socket is full, the endpoint does not
//     notice an abort by the peer.
//   - After a restart of a peer, the kernel reuses the number of the old association. Until
//     the endpoint has read the event, messages go to the new association.
//   - The kernel does not report whether a silent peer or an ABORT without a cause ended an
//     association. Such an end counts as CauseUnreachable if a path had started to fail,
//     and as CauseAbortPeer otherwise.
package kernelsctp
