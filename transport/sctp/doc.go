// Package sctp chooses what SCTP runs over: the kernel's SCTP (kernelsctp), SCTP in
// UDP in user space (udpsctp), or both.
//
// With [Auto] on a host whose kernel has SCTP, an endpoint has the same port number
// in both: a peer reaches it over whatever it has itself. Dial tries the kernel's
// SCTP first; when that is refused, or has not come up after a head start, it tries
// SCTP in UDP as well. Where the kernel has no SCTP there is SCTP in UDP only.
package sctp
