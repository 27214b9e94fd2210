// Package hub runs the associations of an endpoint for one owner: a goroutine that
// owns a protocol machine and must never wait for a peer.
//
// The hub accepts and dials associations, reads and decodes messages in a goroutine of each
// association, and hands everything to the owner as an event of package step, ready for the
// machine. [Hub.Do] carries out the actions that all machines have in common. A message goes
// out at once; if it would have to wait, it is queued, and a goroutine sends the queue. That
// goroutine exists only while the queue is not empty.
//
// # Bounds
//
// The queue to each association is limited in messages and octets; an association whose queue
// is full is aborted. Messages are encoded before they are queued, and their octets count in the
// memory budget of the transport (Association.Hold). So the budget covers the queues of all hubs.
// A server should set Config.ReadLimit and Config.ReadOctets: the hub then reads nothing from an
// association while that much waits to be sent to it, so a peer that does not take its answers
// can ask no more. Of two hubs that talk to each other, at most one may set it, or each could
// wait for its peer for ever.
package hub
