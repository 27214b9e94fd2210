// Package machine holds the procedures of ASAP (RFC 5352, 3) of pool elements and pool users
// as state machines without input or output: no clock, goroutine, lock or socket is inside.
// The programs run them, and so do simulations in virtual time.
//
//   - [Client] is an ASAP endpoint: the hunt for a home registrar, registration,
//     keep-alives, handle resolution.
//   - [Session] is a pool user's session with an element of a pool, and its failover.
//
// # Contract
//
// The owner of a machine calls Step for every event with the present time, which must not go
// back, and carries out the actions in their order. It calls Step with a [step.Tick] at the
// time that Deadline returns; a zero time means that nothing is due. A machine is not safe
// for concurrent use.
//
// Messages in actions and events belong to neither side: nobody changes them.
//
// # Files
//
// In the order of reading. Each file refers to earlier files only, except that an element and
// its request refer to each other.
//
//   - clientconfig.go: the settings of a client
//   - clientevent.go, clientaction.go: events and actions of a client
//   - message.go: the content of messages
//   - registrar.go: the registrars that may become the home
//   - rank.go: the preference among registrars
//   - hunt.go: the attempts to reach a registrar
//   - names.go: registrars that are configured by names
//   - home.go: the association with the home registrar
//   - stranger.go: an unknown registrar that has taken elements over
//   - request.go, element.go: a request, and the pool elements of a client
//   - queue.go: the requests that wait to be sent or answered
//   - client.go: the machine with its concerns
//   - deregistration.go: deregistration
//   - registration.go: registration and its repetition
//   - resolution.go: handle resolution
//   - sending.go: the sending of requests, and requests without an answer
//   - association.go: the coming and going of the home registrar
//   - takeover.go: takeovers by another registrar
//   - claim.go: the claims of unknown registrars
//   - keepalive.go: keep-alives
//   - response.go: the requests that messages answer
//   - step.go: the dispatch of events and messages
//   - sessionevent.go, sessionaction.go: events and actions of a session
//   - session.go: the machine of a session
package machine
