// Package memnet is an in-memory network for tests, with the contract of package
// transport. It blocks on channels and package time's timers only, so that
// everything above it runs with virtual time in a [testing/synctest] bubble; it
// works with real time just as well.
//
// In order of use: [New] makes a [Network]; its Host method makes a [Host], which
// is a [transport.Network]. Host.Crash, Host.Down, Network.SetLink,
// Network.Partition and Network.Heal bring the faults.
//
// # Associations
//
// A packet takes the latency of its link one way. Dial takes two round trips, as
// SCTP's four-way handshake does, and Accept returns half a round trip before
// Dial. Shutdown takes one round trip, and ends at the peer half a round trip
// later. Messages are neither lost nor put out of order, in any stream: loss
// below SCTP shows as delay. A sender waits while Config.QueueLen messages are
// not read by the peer yet.
//
// # Faults
//
//   - Partition: packets between the two sides are held back, and arrive one
//     latency after Heal. Only aborts and refusals are lost, for SCTP does not
//     repeat them. When the partition lasts for Config.Timeout, the associations
//     across it end with CauseUnreachable.
//   - Crash: the processes on the host are gone without a word; the host is there.
//     A peer's next packet, or its next heartbeat if Config.Heartbeat is set,
//     is answered by a refusal: CauseRefused. Where the port is in use again, it
//     is answered by an abort: CauseAbortPeer.
//   - Down: a crash of a host that vanishes. Its peers get CauseUnreachable after
//     Config.Timeout.
//   - Restart: an endpoint that is bound after a crash to the port of the old one
//     and dials a peer of it ends that peer's old association with
//     CauseRestart; the peer gets the new one from Accept.
//
// Endpoints, associations and groups on a host that crashes are closed: calls
// return ErrClosed, associations have ended with CauseAbortLocal.
//
// # Determinism
//
// There is one queue of events, in order of time and then of cause, and the
// package has no goroutines but the one of the timer that works on it. Given a
// seed, what the network does depends on nothing but the order of the calls.
package memnet
