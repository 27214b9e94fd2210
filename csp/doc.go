// Package csp is the Component Status Protocol: registrars, pool elements and pool
// users push a [Report] about themselves to one monitor, in short intervals, each in
// a UDP datagram. Nothing is acknowledged or authenticated:
// anybody can report anything.
//
// The protocol has no RFC. RSPLIB has invented it, and RSPLIB's monitor and components
// understand this package.
//
// # Order of use
//
// A component runs a [Sender], which asks the component for a [Report] in each interval. A monitor
// runs a [Receiver], and reads the present components from [Receiver.Snapshot]. Both have a pure
// part without sockets: [Report.AppendBinary] and [Parse] are the codec, and a [Monitor] is the
// table of components, with its bounds and its rules against forged reports.
//
// # Limits
//
// A report has at most [MaxAssociations] associations, and texts of at most
// [MaxTextLen] octets. A time beyond 292 years does not fit a [time.Duration] and
// counts as damage. Texts of [Parse] may have any octets: a program that prints them replaces
// control characters first. A [Monitor] has done that.
package csp
