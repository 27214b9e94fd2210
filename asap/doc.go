// Package asap makes a program a pool element, a pool user, or both (RFC 5351,
// RFC 5352): a server that shares the work of a pool with others, or a client that is
// served by whichever element of the pool is there.
//
// [NewNode] opens the ASAP endpoint that all elements and users in the program share.
//
// # Pool elements
//
// [Node.Listen] binds an endpoint, registers it in a pool at a registrar, and keeps it
// registered: it renews the registration, acknowledges keep-alives, and moves to
// another registrar when this one is lost or hands the element over. Its [Listener]
// accepts a [ServerSession] for each pool user. Policies that go by load get it by
// [Listener.SetPolicy]. [Listener.Close] first takes the element out of the pool and
// then ends its sessions.
//
// # Pool users
//
// [Node.Dial] opens a [Session] with an element that the registrar chooses by the
// pool's policy. [Session.Receive] brings messages as [Data], and tells of the failover:
// [FailoverNecessary] when the element is gone, [FailoverComplete] when the session goes
// on at another one. [Node.Resolve] asks which elements there are and leaves the rest to
// the caller, who should tell by [Node.ReportUnreachable] which of them do not work.
//
// # Registrars
//
// A node finds a registrar by itself, by announces or among those configured, as soon as
// it has something to say, and keeps to it. When the registrar does not answer in time,
// it is asked again while others are sought, and the first one that answers is the new
// one (RFC 5352, 3.6). Nothing that was asked is lost by that.
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
// has not been answered by then is for the program to send again. Nothing of an
// element comes behind the news that it is gone.
//
// # Cancellation and the end
//
// Calls that wait take a context and return its error when it ends. [Node.Close] closes
// all that the node has opened; what is closed returns [ErrClosed]. A second Close waits for
// the first one, whatever its context, and returns the same.
//
// # Limits
//
// Elements are reached by SCTP only; others in a pool are passed over by Dial, and
// returned by Resolve. Resolutions are not cached: each asks the registrar, whose choice
// is what balances the load. Pool handles have 1 to 32 octets. Elements that are in one
// pool have one type of policy.
package asap
