// Package enrpmsg encodes and decodes the messages of ENRP, the Endpoint Handlespace
// Redundancy Protocol (RFC 5353, 2), by which registrars share a handlespace.
//
// [Parse] decodes any message; the AppendBinary method of a message encodes it. A
// message is a single SCTP user message with payload protocol identifier 12 on stream 0;
// a [Presence] is also sent as a multicast UDP datagram.
//
// All messages begin with the identifiers of two registrars, [IDs], which the structs
// embed.
//
// Where RSPLIB goes beyond the RFC or departs from it, the struct says so at the field.
//
// # Elements that are encoded already
//
// A registrar that keeps its elements encoded need not decode them to send them: see
// the example of [HandleTableResponse].
//
// # Logging
//
// Messages implement [log/slog.LogValuer]: a logger that is enabled gets the type of the
// message, its registrars as from and to, and its main values, with the keys of package
// logkey.
package enrpmsg
