// Package rawsctp is SCTP in UDP (RFC 6951) by hand, for packets that no proper stack sends. A [Packet] holds chunks,
// which may be of any type and content. An [Association] does the handshake of a client, and otherwise sends only the
// chunks that its caller makes. Sections are of RFC 9260.
package rawsctp
