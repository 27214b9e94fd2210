// Package player plays a script at a live registrar. It is a pure machine: Step takes cues of
// the script and events of the network, and returns actions.
//
// # Course
//
// While [Player.Ready] is true, the owner feeds the next cue by [Perform], or [End] after the
// last. The player holds a cue until it is due, and carries out the part of the client in
// it. An answer in the script holds up the cues behind it until the live registrar has
// answered as well, so causes come before effects at any speed.
//
// # Clients
//
// Each association that a client opens has an actor, which is an endpoint of its own. Pool
// elements acknowledge the keep-alives of the live registrar, unless the element in the
// script does not acknowledge at the same time. Peers answer the requests of the live
// registrar with the answers that they give in the script.
//
// # Outcomes
//
// The player pairs answers of the live registrar with answers of the script, and reports each
// pair as an [Outcome] in the identifiers of the script.
package player
