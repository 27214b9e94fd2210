// Package sim runs registrars, pool elements and pool users against each other in virtual time,
// and breaks the network between them.
//
// The nodes are made of the machines that the programs run: [core.Core] for registrars,
// [machine.Client] and [machine.Session] for pool elements and pool users. Around them are models
// of a network and of clocks. A seed determines all random choices, so every run can be repeated
// with a transcript.
//
// # The model
//
//   - An association is reliable and in order. Loss delays its packets.
//   - A partition stops packets in a direction or in both. A long partition ends the association,
//     on each side at a different time.
//   - A peer without a process is noticed at the next packet, and a dead host by its silence.
//   - After a side has ended an association, packets of the peer are refused. A restarted process
//     replaces the association of its predecessor.
//   - Send queues are bounded.
//   - Datagrams are lost and overtake each other.
//   - Every node has a clock of its own, with a random offset and a constant error.
//   - Messages are encoded and decoded on their way.
//
// # Use
//
// [New] makes a [World]. The methods of the world and its nodes break and mend them, and
// [World.Run] lets time pass. [World.Check] tells whether a world is settled after it has been
// whole for a while. [RunMixed] does all that for a seed.
package sim

// The files in reading order:
//
//	config.go       Config: the number of nodes, the network, the machines
//	queue.go        events in virtual time
//	world.go        World: time, random choices, transcript
//	host.go         hosts and their clocks
//	process.go      processes and their deadlines
//	network.go      reachability, transit times and multicasts
//	endpoint.go     endpoints of a process
//	association.go  packets and the end of an association
//	action.go       actions of a machine on associations
//	dial.go         opening of associations
//	partition.go    Cut: partitions
//	group.go        the multicast groups of announces and Presences
//	registrar.go    Registrar
//	client.go       the machine that elements and users have in common
//	element.go      Element
//	user.go         User
//	nodes.go        New: all nodes of a world
//	check.go        Check: the state of a settled world
//	recount.go      invariants of a world in any state
//	size.go         the size of a machine, by reflection
//	chaos.go        random faults
//	settle.go       the time until a world is settled
//	mixed.go        RunMixed: a world and its faults from a seed
