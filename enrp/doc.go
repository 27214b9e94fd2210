// Package enrp holds the procedures by which registrars keep one handlespace among
// themselves and take over for each other: ENRP (RFC 5353, 3).
//
// A [Machine] is one registrar's side. It has no input or output: no clock,
// goroutine, lock or socket is inside. Its owner calls [Machine.Step] for every event
// with the present time, which must not go back, and carries out the actions that it
// returns in their order; and with a [step.Tick] when the time that [Machine.Deadline]
// returns has come. It shares its handlespace with the registrar's ASAP side, and is
// told of what changes there by [Machine.Changed].
//
// # Who does what
//
//   - peer.go, presence.go and list.go: who the peers are, where, and whether they
//     live (RFC 5353, 3.4).
//   - mentor.go: how a new registrar gets the handlespace (3.2).
//   - table.go and sync.go: handle tables, sent and asked for (3.2.3, 3.6).
//   - update.go: changes, as they happen (3.3); claim.go: elements that two claim.
//   - takeover.go: what becomes of the elements of a dead peer (3.5); vouch.go: of one
//     that only others hear.
//   - leave.go: what becomes of our own when we leave.
//   - duplicate.go: another registrar with the same identifier.
//
// # Trust
//
// An association speaks for the one registrar that has named itself on it first, and
// none from another host does while that one is up.
// Only peers change the handlespace, and only what is theirs: elements that they are
// home of, or claim by a takeover.
package enrp
