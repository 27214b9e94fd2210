// Package sim runs registrars, pool elements and pool users against each other in
// virtual time, and breaks what connects them.
//
// The nodes are made of the machines that the programs run: [core.Core] of the
// registrar, and [machine.Client] and [machine.Session] of the pool elements and pool
// users. Around them are models of a network and of clocks. All chance comes from one
// seed, so that what went wrong can be looked at again, with a transcript.
//
// # The model
//
// An association is reliable and in order while it lasts. Loss delays it, a partition
// stops it in one direction or both, and a longer one ends it, at each side at
// another time. A peer whose process is gone is noticed at the next packet, a host
// that is gone by its silence. An association that a side has given up is refused to
// the other when that speaks; a restarted process replaces it. Send queues are
// bounded. Datagrams are lost, and overtake each other. Every node has a clock of its
// own, which begins anywhere and goes too fast or too slow. Messages are encoded and
// decoded on their way.
//
// # Use
//
// [New] makes a [World], which has methods for what can happen to it; [World.Run] lets
// time pass, and [World.Check] tells whether all is as it should be once the world is
// whole and has had time. [Mixed] does all that from one seed.
package sim
