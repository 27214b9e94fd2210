// Package hub runs the associations of an endpoint for one owner: a goroutine that
// owns a state machine and must never wait for a peer.
//
// The hub accepts and dials, reads and decodes messages in a goroutine of each
// association, and hands them to the owner as an [Event]. What the owner sends
// goes out at once; where it would have to wait it is queued instead, and a goroutine
// sends what is queued, which exists only for so long.
//
// # Bounds
//
// The queue to each association is limited; what does not fit is refused with
// [ErrQueueFull]. A server should set Config.ReadLimit: then the hub reads nothing
// from an association while that many messages wait to be sent to it, and a peer that
// does not take its answers can ask no more. Of two hubs that talk to each other only
// one may do so, or each could end up waiting for the other.
package hub
