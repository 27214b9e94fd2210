// Package udpsctp is SCTP in UDP (RFC 6951), in user space: it needs no
// privileges and no kernel module.
//
// The SCTP port number of an endpoint is its UDP port number, so an address and
// a port are enough to reach a peer. The remote UDP port number may be another
// one, as behind an address translator; it is learnt from each packet.
//
// # Who does what
//
// An endpoint has one UDP socket for each IP version, or for each address to which
// it is bound, and finds the association of a packet by the UDP source, the
// SCTP port numbers and the verification tag. It verifies each packet's CRC32c
// and framing first. It deals with these itself (sections are of RFC 9260):
//
//   - the handshake (5.1, 5.2), with collisions and restarts;
//   - heartbeats and the verdict on a silent peer (8.1, 8.3);
//   - packets out of the blue (8.4), ABORT, and ICMP messages (RFC 6951, 5.5).
//
// Between them, DATA, SACK and the SHUTDOWN chunks of an association go through an
// association of github.com/pion/sctp, with its retransmission, congestion control
// and reassembly. pion/sctp takes the two INIT chunks of a handshake that was made
// elsewhere as tokens (draft-hancke-tsvwg-snap), so it never sees a handshake,
// and nothing of the peer's but chunks whose form was checked. It has three
// goroutines for each association; there are no others for one.
//
// # Strangers
//
// An endpoint answers an INIT by a state cookie with an HMAC-SHA256, and remembers
// nothing until the cookie comes back: half-open associations cost nothing, and
// there is no number of them to bound. Open associations are bounded, for each
// source address and in all, as are those that wait for Accept. Answers to packets
// out of the blue are limited to 1000 per second. A cookie is four times as large
// as an INIT, so the endpoint is of little use as an amplifier.
//
// Malformed packets are dropped; a peer that breaks the protocol loses its
// association.
//
// # Limits
//
//   - One path: an association uses the addresses with which it was opened. Dial
//     tries several.
//   - No extensions: no partial reliability, no stream reset, no interleaving, no
//     address changes, no authentication.
//   - DATA chunks above 8 KiB end the association: pion/sctp cannot read them.
//     They are not sent over paths with the usual MTU; a Linux kernel as the peer on the
//     same host sends them over loopback, unless its SCTP_MAXSEG forbids it.
//   - The retransmission timeout is 1 s at least, see Config.RTOMax.
//   - ICMP messages, and replies from the address to which a peer sent, on Linux only;
//     elsewhere a dead peer is noticed by heartbeats, and the system chooses the
//     source address.
package udpsctp
