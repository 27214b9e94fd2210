// Package asap makes a program a pool element, a pool user, or both (RFC 5351,
// RFC 5352).
//
// In order of use: [NewNode] opens the ASAP endpoint, which finds a registrar by
// itself, by announces or among those configured. [Node.Listen] makes the program
// an element of a pool; its [Listener] accepts a [ServerSession] for each pool user.
// [Node.Dial] opens a [Session] with whichever element of a pool the registrar
// chooses; when that element dies, the session goes on at another one.
// [Node.Resolve] asks which elements there are and leaves the rest to the caller.
//
// # State of sessions
//
// A server that cannot afford to lose a session's state sends it to its user with
// [ServerSession.SendCookie], as often as it likes. After a failover the next
// server receives the newest one as a [CookieEcho] before anything else
// (RFC 5352, 3.7). Whoever can speak to a server can send it a cookie: sign what is
// in it.
//
// # What failover does not do
//
// A message on its way to an element that dies may be lost, and its answer too.
// Between [FailoverNecessary] and [FailoverComplete] a session sends nothing; what
// has not been answered by then is for the program to send again.
//
// # Cancellation
//
// Calls that wait take a context and return its error when it ends.
package asap
