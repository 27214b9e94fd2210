// Package kernelsctp is SCTP as the Linux kernel has it (RFC 9260), through
// sockets of the one-to-many style (RFC 6458, 3): multi-homing, and peers that
// know nothing of SCTP in UDP.
//
// # Sockets and goroutines
//
// An endpoint has one non-blocking SCTP socket in Go's poller and one goroutine
// that reads it and hands each message to the queue of its association. An idle
// association costs neither a thread nor a descriptor nor a goroutine.
//
// The kernel's buffers belong to the socket, not to the association. So that no
// peer and no slow receiver holds up the others, whoever meets a limit of the
// shared socket gets one of its own (SCTP_SOCKOPT_PEELOFF), with its own buffers
// and its own reader: an association whose queue is full because nobody calls
// Receive, which then closes its own window only; and one whose Send finds no room.
// The kernel moves what it holds of the association to the new socket, so order
// is kept. An association for whose socket there is no descriptor left is aborted;
// as many descriptors as [Config.MaxAssociations] are always enough. A peer that
// keeps the shared send buffer almost full can make the others need them.
//
// The end of the process aborts its associations, whatever it dies of.
//
// # The library
//
// github.com/ishidawataru/sctp encodes addresses, binds, connects and subscribes to
// events. Around it, in this package:
//
//   - it hides the flags of recvmsg, without which half a message looks like a
//     message and an event like data: reading is our own;
//   - it puts an octet into a message without data, such as the end of an association,
//     and goes by way of the scheduler, which costs more than the call: so is writing;
//   - it takes all addresses of an association for the family of the first: the
//     parser of SCTP_GET_LOCAL_ADDRS and SCTP_GET_PEER_ADDRS is our own;
//   - its SCTPConnect drops the association's number on a non-blocking socket: it is
//     asked for by address (SCTP_GET_PEER_ADDR_INFO);
//   - its PeelOff reads the new descriptor from the wrong place, its SCTP_EOF is
//     not Linux's, it has no SCTP_NODELAY, its Close sends to descriptor -1,
//     and its options cross a function call as integers while the stack may
//     move: options and descriptors are handled here.
//
// # Limits
//
//   - Linux, but not on 386. Elsewhere, and where the kernel has no SCTP,
//     [Available] and Listen return [ErrUnsupported].
//   - A peer that aborts an association which has a socket of its own, whose
//     queue is full and which nobody receives from, is noticed when there is
//     room in the queue again.
//   - A peer that has restarted has the kernel's number of its former association: what is
//     sent before the endpoint has read of that goes to the new one.
//   - An association that ended without a word of the peer counts as unreachable if
//     a path to it had begun to fail, and as aborted by the peer otherwise: the kernel does
//     not tell (an ABORT need not have a cause).
package kernelsctp
