// Package enrp holds the procedures by which registrars keep a common handlespace and take
// over for each other: ENRP (RFC 5353, 3).
//
// A [Machine] is one registrar's side. It does no input or output, and contains no clock,
// goroutine, lock or socket. Its owner calls [Machine.Step] for every event with the present
// time, which must not go back, and carries out the returned actions in their order. At the
// time that [Machine.Deadline] returns, the owner calls Step with a [step.Tick]. The machine
// shares its handlespace with the registrar's ASAP side, and gets changes by
// [Machine.Changed].
//
// The machine takes the events of package step, [Received], [Heard], [Confirmed] and
// [Leave]. It returns the actions of package step, [Ready], [Adopt], [Verify],
// [PeerFound], [PeerLost], [Synchronized], [TakeoverRefused], [AuditFailed], [ElementsRefused] and
// [Duplicate].
//
// # Order of reading
//
// The files are layers. Each file uses earlier files only, and tells later files the
// outcome by return values.
//
//  1. config.go, event.go, action.go: the vocabulary of the owner.
//  2. addrs.go: comparison and conversion of addresses.
//  3. registrar.go: the facts about this registrar that all procedures read.
//  4. outbox.go: the actions of a step.
//  5. transfer.go: elements on their way from a registrar that is gone to another home.
//  6. liveness.go: when a peer was heard, and its part in a takeover (3.4.3, 3.5.1).
//  7. replica.go: our copy of a peer's elements.
//  8. upload.go: handle tables that peers request (3.2.3).
//  9. peer.go: a peer, and the list of peers (3.4).
//  10. association.go: the associations, and the registrar that each speaks for.
//  11. request.go: requests with long answers, at their pace.
//  12. presence.go: our Presences.
//  13. contact.go: dials and probes.
//  14. identity.go: which registrar a message is from.
//  15. duplicate.go: other registrars with our identifier.
//  16. editor.go: changes of the handlespace on behalf of peers.
//  17. claim.go: elements of ours that peers call their own.
//  18. update.go: changes of elements, as they happen (3.3).
//  19. download.go: audit, and the handle tables that we request (3.6).
//  20. startup.go: the mentor of a new registrar (3.2).
//  21. connection.go: peers get and lose associations, and are removed.
//  22. relay.go: targets of a takeover that some registrars still hear.
//  23. takeover.go: the elements of dead peers (3.5).
//  24. list.go: lists of peers (2.5, 2.6).
//  25. heartbeat.go: Presences to all peers (3.4.2).
//  26. leave.go: our elements when we leave.
//  27. machine.go, receive.go, step.go: the layers as a whole, events, deadlines.
//
// # Trust
//
// An association speaks for the first registrar that identifies itself. While this
// association is up, no other host can take its place. Only peers change the handlespace,
// and only the elements of which they are the home, or which they take over.
package enrp
