// Package step is the vocabulary that protocol machines without input or output share
// with their owners: the events of an endpoint, and the actions that a machine asks for.
//
// A machine is a struct with a method Step, which takes an event and the present time, and
// returns actions, and a method Deadline; see [Machine]. It has no clock, goroutine, lock
// or socket. Package transport/hub produces the events of a real endpoint and carries out
// the actions; a simulator does the same in virtual time.
//
// # Kinds
//
// This package holds the kinds of machines with a hub: associations that go up and down,
// messages, multicast, local addresses. A machine without a hub takes only [Tick]. A machine
// adds kinds of its own for its owner's requests and for results, by types with a method
// IsEvent or IsAction. The documentation of
// a machine lists the events that it takes; it ignores all others.
package step
