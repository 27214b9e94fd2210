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
//   - packets out of the blue (8.4), ABORT, and ICMP messages (RFC 6951, 5.5);
//   - the messages in DATA chunks (6.5 and 6.9): fragments, and order in each stream.
//
// An association of github.com/pion/sctp handles TSNs, SACK and the SHUTDOWN chunks, with
// retransmission and congestion control. pion/sctp never sees a handshake: it gets the two
// INIT chunks of the endpoint's handshake as tokens (draft-hancke-tsvwg-snap). pion/sctp
// never sees received data either: it gets a stub for each DATA chunk, and the endpoint
// keeps the chunk until pion/sctp has accepted the stub. Every chunk for pion/sctp has a
// verified form.
//
// Each association has the three goroutines of pion/sctp, and no more.
//
// # Protection against strangers
//
//   - An endpoint answers an INIT with a state cookie, protected by HMAC-SHA256, and keeps
//     no state until the cookie comes back. Half-open associations therefore cost nothing,
//     and need no bound.
//   - A cookie is of no use after the end of its association. The endpoint remembers up to
//     16384 associations for the 60 s in which their cookies are fresh. If more of them end,
//     cookies older than a forgotten one are refused as stale.
//   - Open associations are bounded in all and for each source address, and so are the
//     associations that wait for Accept.
//   - 8000 INITs are answered in a second, and 4000 of a source: an IPv4 address or a /64 of
//     IPv6. The same bounds hold for the COOKIE ECHOs that are verified. 1000 packets out of
//     the blue are answered in a second, 500 of a source. Further packets are dropped as
//     soon as they are read, before any cryptography, so that the packets of associations
//     are read in time.
//   - While more than 32000 INITs and COOKIE ECHOs arrive in a second, a socket filter of
//     Linux drops most of them before they fill the receive buffer.
//   - Up to 100 heartbeats of a peer are answered in a second, none of them above the MTU.
//   - A cookie is four times as large as an INIT, so the endpoint is of little use as an
//     amplifier.
//   - Malformed packets are dropped. A peer that breaks the protocol loses its association.
//     The same is true of a peer whose messages have more than 1024 fragments or 65536
//     octets, or whose messages remain incomplete or undeliverable: more than 4096 pieces with the default
//     receive buffer.
//
// # Limits
//
//   - A single path: an association uses the addresses with which it was opened. Dial
//     tries several.
//   - No extensions: no partial reliability, no stream reset, no interleaving, no address
//     changes, no authentication.
//   - The retransmission timeout is at least 1 s; see Config.RTOMax.
//   - Three features need Linux: ICMP messages, replies from the address to which a peer
//     sent, and the socket filter. Elsewhere, only heartbeats detect a dead peer, the system
//     chooses the source address, and a flood has to be read.
package udpsctp
