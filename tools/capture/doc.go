// Package capture writes the messages of a program to a packet capture of the format pcapng.
//
// [New] decorates a [transport.Network]. The messages of its endpoints are written as they pass, as
// SCTP over IP, whichever transport carries them. So a program can show its traffic without the
// rights that a capture at a network interface needs, and a capture is readable even if the packets
// on the wire are encrypted.
//
// An endpoint sees messages and no packets. The following is therefore made up:
//
//   - The handshake, tags, TSNs and sequence numbers of streams. They are consistent within an
//     association, and differ from those on the wire.
//   - The division of messages into DATA chunks. Each chunk has a packet of its own.
//   - SHUTDOWN or ABORT at the end of an association. Nothing is written if the peer is silent or
//     has restarted.
//
// A capture has neither acknowledgements, retransmissions nor heartbeats. The time of a message is
// that at which the endpoint took it from the program, or handed it over.
//
// Multicast datagrams are written as UDP over IP, once for all interfaces. Copies that come back to
// the sender are left out.
package capture
