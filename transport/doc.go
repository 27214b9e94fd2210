// Package transport defines message-oriented SCTP endpoints as RSerPool needs them
// (RFC 5351, 3; RFC 5352, 1). An endpoint is bound once. It accepts associations at that
// port, and opens associations from the same port.
//
// The package holds the contract only. The implementations are
//
//   - sctp: kernelsctp, udpsctp, or both on one port number, as the host allows;
//   - udpsctp: SCTP in UDP (RFC 6951), in user space, on every system and without
//     privileges;
//   - kernelsctp: the SCTP of the Linux kernel, with multi-homing;
//   - memnet: an in-memory network with virtual time, for tests.
//
// In order of use: a [Network] opens an [Endpoint] with Listen, and joins announce groups
// with Join. An endpoint yields an [Association] from Dial or Accept. An association sends
// and receives one [Message] at a time, and ends with a [DownError] that states the cause.
//
// # Cancellation
//
// Every call that may block takes a context, and returns the context's error when the
// context ends. A cancelled call leaves the association as it was: every message is sent
// or received whole, or not at all.
//
// # Knowledge of RSerPool
//
// The package has none. Payload protocol identifiers pass through as numbers.
package transport
