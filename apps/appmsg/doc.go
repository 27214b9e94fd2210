// Package appmsg holds what the messages of the demo applications have in common:
// the header and the errors of their codecs, which are in the packages pingpong,
// fractal, calcapp and scripting. These five use the standard library alone, so that
// tools can read the protocols without the programs.
//
// A message of an application is one SCTP user message on stream 0 with the payload
// protocol identifier of the protocol. The association carries ASAP messages as
// well, with identifier 11: in these a pool element hands its cookies to the pool
// user and gets them back (RFC 5352, 2.2.11 and 2.2.12).
//
// None of the protocols has an RFC. They are those of the deployed implementation.
package appmsg
