// Package csp is the Component Status Protocol: registrars, pool elements and pool
// users push a [Report] about themselves to one monitor, in short intervals, each in
// a UDP datagram. Nothing is acknowledged or authenticated; a
// monitor shows what it is told.
//
// The protocol has no RFC. It is that of the deployed implementation, whose
// monitor and components may stand at the other end.
//
// # Order of use
//
// A component runs a [Sender], which asks it for a [Report] in each interval, or sends
// what [Report.AppendBinary] returns by itself; a monitor hands a whole datagram to [Parse], and keeps the
// reports by [Report.SenderID].
//
// # Limits
//
// A report has at most [MaxAssociations] associations, and texts of at most
// [MaxTextLen] octets. A time beyond 292 years does not fit a [time.Duration] and
// counts as damage. Texts are the sender's word: whoever prints them replaces
// control characters first.
package csp
