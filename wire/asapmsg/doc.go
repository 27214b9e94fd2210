// Package asapmsg encodes and decodes the messages of ASAP, the Aggregate Server
// Access Protocol (RFC 5352, 2.2).
//
// [Parse] decodes any message; the AppendBinary method of a message encodes it.
// Between a pool element or pool user and a registrar, and between pool elements
// and pool users, a message is a single SCTP user message with payload protocol
// identifier 11 on stream 0; a [ServerAnnounce] is a UDP datagram.
//
// Where RSPLIB goes beyond the RFC or departs from it, the struct says so at the field.
//
// # Elements that are encoded already
//
// A registrar that keeps its elements encoded need not decode them to send them: see
// the example of [HandleResolutionResponse].
//
// # Logging
//
// Messages implement [log/slog.LogValuer]: a logger that is enabled gets the type of the
// message and its main values, with the keys of package logkey.
package asapmsg
