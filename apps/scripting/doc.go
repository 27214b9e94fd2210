// Package scripting encodes and decodes the messages of the Scripting Service
// Protocol (SSP), in which a pool element runs programs that a pool user uploads:
//
//	element: Ready            user: Environment (if the work needs one)
//	                          user: Upload ..., Upload without data
//	element: Environment      user: Upload ... of the environment, if needed
//	element: Status (0: the upload is accepted)
//	both:    KeepAlive, KeepAliveAck
//	element: Status (the program's exit status), Download ..., Download without data
//
// An element without room answers the session with [NotReady] instead of [Ready]. The protocol has
// no cookies, so a session starts again after a failover.
//
// [Parse] decodes a message; the AppendBinary method of a message encodes it. The
// messages have the payload protocol identifier [PPID].
package scripting
