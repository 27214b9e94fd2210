// Package hub runs the associations of an endpoint for one owner: a goroutine that
// owns a state machine and must never wait for a peer.
//
// The hub accepts and dials, reads and decodes messages in a goroutine of each
// association, and hands them to the owner as an [Event]. What the owner sends is
// queued, and encoded and sent outside the owner's goroutine; a goroutine for that
// exists only while there is something to send.
//
// # Bounds
//
// The queue to each association is limited. While it is half full the hub reads
// nothing from that association, so that a peer that does not take its answers is
// asked no more; what does not fit is refused with [ErrQueueFull].
package hub
