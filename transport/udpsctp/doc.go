// Package udpsctp is SCTP in UDP (RFC 6951), in user space: it needs no privileges and no
// kernel module.
//
// The SCTP port number of an endpoint is its UDP port number, so an address and a port are
// enough to reach a peer. The remote UDP port number may differ, for example behind an
// address translator. The endpoint learns that number from each packet.
//
// # Division of work
//
// An endpoint has a UDP socket for each IP version, or for each address to which it is
// bound. It verifies the CRC32c and the framing of each packet. Then it finds the
// association by the UDP source, the SCTP port numbers and the verification tag. The
// endpoint itself handles (sections are of RFC 9260):
//
//   - the handshake (5.1, 5.2), with collisions and restarts;
//   - heartbeats, and the decision about a silent peer (8.1, 8.3);
//   - packets out of the blue (8.4), ABORT, and ICMP messages (RFC 6951, 5.5).
//
// An association of github.com/pion/sctp handles DATA, SACK and the SHUTDOWN chunks, with
// retransmission, congestion control and reassembly. pion/sctp never sees a handshake: it
// gets the two INIT chunks of the endpoint's handshake as tokens
// (draft-hancke-tsvwg-snap). Every chunk for pion/sctp has a verified form.
//
// Each association has the three goroutines of pion/sctp, and no more.
//
// # Protection against strangers
//
//   - An endpoint answers an INIT with a state cookie, protected by HMAC-SHA256, and keeps
//     no state until the cookie comes back. Half-open associations therefore cost nothing,
//     and need no bound.
//   - Open associations are bounded in all and for each source address, and so are the
//     associations that wait for Accept.
//   - Answers to packets out of the blue are limited to 1000 per second.
//   - A cookie is four times as large as an INIT, so the endpoint is of little use as an
//     amplifier.
//   - Malformed packets are dropped. A peer that breaks the protocol loses its association.
//
// # Limits
//
//   - A single path: an association uses the addresses with which it was opened. Dial
//     tries several.
//   - No extensions: no partial reliability, no stream reset, no interleaving, no address
//     changes, no authentication.
//   - DATA chunks above 8 KiB end the association: pion/sctp cannot read them. Peers send
//     such chunks only over paths with an unusual MTU. A Linux kernel on the same host
//     does so over loopback, unless its SCTP_MAXSEG forbids it.
//   - The retransmission timeout is at least 1 s; see Config.RTOMax.
//   - Two features need Linux: ICMP messages, and replies from the address to which a peer
//     sent. Elsewhere, only heartbeats detect a dead peer, and the system chooses the
//     source address.
package udpsctp
