// Package memnet is an in-memory network for tests, with the contract of package
// transport. The package blocks only on channels and on timers of package time, so code
// above it runs with virtual time in a [testing/synctest] bubble. Real time works too.
//
// In order of use: [New] makes a [Network]. Its Host method makes a [Host], which is a
// [transport.Network]. Host.Crash, Host.Down, Network.SetLink, Network.Partition and
// Network.Heal cause faults.
//
// # Associations
//
// A packet takes the latency of its link in one direction. The steps of an association
// take these times:
//
//   - Dial: two round trips, like the four-way handshake of SCTP. Accept returns half a
//     round trip before Dial.
//   - Shutdown: one round trip. The association ends at the peer half a round trip later.
//
// Messages are never lost, and stay in order over all streams: loss below SCTP shows as
// delay. Send waits while the peer has not read Config.QueueLen messages.
//
// # Faults
//
//   - Partition: packets between the two sides are held back, and arrive one latency
//     after Heal. Only aborts and refusals are lost, since SCTP does not repeat them. After
//     Config.Timeout, the associations across the partition end with CauseUnreachable.
//   - Crash: the processes on the host die silently, and the host goes on. The peer's
//     next packet, or its next heartbeat if Config.Heartbeat is set, is refused:
//     CauseRefused. If the port is in use again, the answer is an abort: CauseAbortPeer.
//   - Down: a crash of a host that then disappears. The peers end their associations with
//     CauseUnreachable after Config.Timeout.
//   - Restart: after a crash, a new endpoint is bound to the same port, and dials a former
//     peer. The old association ends at the peer with CauseRestart. Accept returns the new
//     association to the peer.
//
// A crash closes the endpoints, associations and groups of the host: calls return
// ErrClosed, and the associations end there with CauseAbortLocal.
//
// # Determinism
//
// A single queue holds all events, in order of time and then of scheduling. The only
// goroutine of the package is the timer's, which runs due events. Given a seed, the network
// depends on nothing but the order of the calls.
package memnet
