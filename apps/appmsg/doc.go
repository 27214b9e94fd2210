// Package appmsg holds the common parts of the messages of the demo applications: the header, and
// the errors of the codecs in packages pingpong, fractal, calcapp and scripting. All five packages
// use the standard library alone, so tools can read the protocols without the programs.
//
// A message of an application is one SCTP user message on stream 0 with the payload
// protocol identifier of the protocol. The association carries ASAP messages as
// well, with identifier 11: in these a pool element hands its cookies to the pool
// user and gets them back (RFC 5352, 2.2.11 and 2.2.12).
//
// The protocols have no RFC. They are the protocols of RSPLIB.
package appmsg
