// Package pingpong encodes and decodes the messages of PingPong: a pool user sends
// numbered pings, a pool element answers each with a pong and numbers its pongs.
// The number of the next pong is the state of a session. It travels in the [Cookie]
// that follows each pong, so the pongs have no gap when another element takes over.
//
// [Parse] decodes a message; the AppendBinary method of a message encodes it. The
// messages go with payload protocol identifier [PPID].
package pingpong
