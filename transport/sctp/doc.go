// Package sctp runs SCTP over the kernel's SCTP (kernelsctp), over SCTP in UDP in user
// space (udpsctp), or over both.
//
// With [Auto] on a host whose kernel has SCTP, an endpoint has the same port number in
// both. Peers that have either of the two reach the endpoint. Dial tries the kernel's SCTP
// first. If the kernel's SCTP fails, or needs longer than a head start, Dial tries SCTP in
// UDP as well. On a host whose kernel has no SCTP, Auto uses SCTP in UDP only.
package sctp
