// Package machine holds the procedures of ASAP (RFC 5352, 3) as state machines
// without input or output: no clock, goroutine, lock or socket is inside. The
// programs run them, and so do simulations in virtual time.
//
//   - [Client] is the side of pool elements and pool users: the hunt for a home
//     registrar, registration, keep-alives, handle resolution.
//   - [Session] is a pool user's session with an element of a pool, and its
//     failover.
//   - [Registrar] is the registrar's side.
//
// # Contract
//
// The owner of a machine calls Step for every event with the present time, which
// must not go back, and carries out the actions that it returns in their order. It
// calls Step with a [step.Tick] when the time that Deadline returns has come; a zero
// time means that nothing is due. A machine is not safe for concurrent use.
//
// Messages in actions and events belong to neither side: nobody changes them.
package machine
