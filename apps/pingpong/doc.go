// Package pingpong encodes and decodes the messages of PingPong: a pool user sends
// numbered pings, a pool element answers each with a pong and numbers its pongs.
// The number of the next pong is the state of a session. It travels in the [Cookie]
// that follows each pong, so a failover leaves no gap between the pongs.
//
// [Parse] decodes a message; the AppendBinary method of a message encodes it. The
// messages have the payload protocol identifier [PPID].
package pingpong
