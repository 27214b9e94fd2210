// Package transport defines message-oriented SCTP endpoints as RSerPool needs
// them (RFC 5351, 3; RFC 5352, 1): an endpoint is bound once, and both accepts
// associations and opens them from that one port.
//
// The package holds the contract only. The implementations are
//
//   - sctp: the choice between the next two, or both on one port number;
//   - udpsctp: SCTP in UDP (RFC 6951), in user space, everywhere and without
//     privileges;
//   - kernelsctp: the SCTP of the Linux kernel, with multi-homing;
//   - memnet: an in-memory network with virtual time for tests.
//
// In order of use: a [Network] opens an [Endpoint] with Listen and joins
// announce groups with Join; an endpoint yields an [Association] from Dial or
// Accept; an association sends and receives a [Message] each time, and ends with
// a [DownError] that tells the cause.
//
// # Cancellation
//
// Every call that may block takes a context and returns its error when it ends.
// A cancelled call leaves the association as it was: no message is torn apart
// and none is lost.
//
// # Knowledge of RSerPool
//
// There is none here. Payload protocol identifiers pass through as numbers.
package transport
