// Package asap makes a program a pool element, a pool user, or both (RFC 5351, RFC 5352): a
// server that shares the work of a pool with others, or a client that is served by any live
// element of the pool.
//
// [Open] opens a [Node], the ASAP endpoint that all elements and users of a program share. The
// zero [Config] works.
//
// # Pool elements
//
// [Node.Listen] binds an endpoint, registers it in a pool at a registrar, and keeps it
// registered: it renews the registration, acknowledges keep-alives, and moves to another
// registrar when this one is lost or hands the element over. [Listener.Serve] has a [Handler]
// serve each session of a pool user, with a limit of sessions, and adds up their load for
// policies that need it. At the end of its context, Serve first takes the element out of the
// pool, and then ends its sessions; [Listener.Shutdown] does the same.
//
// # Pool users
//
// [Node.Dial] opens a [Session] with an element that the registrar chooses by the pool's policy.
// When the element dies, the session goes on at another one, whether or not the program is in a
// call; the next Receive or Send returns a *[FailoverError], once. [Session.Request] sends a request again
// after a failover. [Node.Resolve] returns elements for programs with a transport of their own,
// which should report unreachable elements by [Node.ReportUnreachable].
//
// # Registrars
//
// A node finds a registrar by itself, by announces or among the configured registrars, as soon as
// it has something to say, and keeps to it. When the registrar does not answer in time, the node
// asks again and looks for others, and the first registrar that answers is the new home (RFC
// 5352, 3.7.2). No request is lost by that. [Node.Home] tells the present home.
//
// # State of sessions
//
// A server that cannot afford to lose the state of a session gives it to the user with
// [Session.SetState], as often as it likes. After a failover the next server has the newest state
// from [Session.State] when its first Receive has returned (RFC 5352, 3.8). Anybody who
// can speak to a server can send it a state: seal the state, for example with package
// asap/cookie.
//
// # What a failover does not do
//
// A message on its way to an element that dies may be lost, and its answer as well. The
// *[FailoverError] is the place to send again what was not answered. No message of the former
// element comes after it.
//
// # Cancellation and the end
//
// Calls that wait take a context. When it ends, their error matches the context's error and tells
// the reason of the wait. Shutdown is graceful, as in net/http, and Close ends at once. Both end
// everything that the node, listener or session has opened; calls afterwards return [ErrClosed].
//
// # Limits
//
// Sessions reach elements by SCTP. Elements of other transports are passed over by Dial, and
// returned by Resolve. Resolutions are not cached: each asks the registrar, whose choice balances
// the load. Pool handles have 1 to 32 octets. Elements of a pool have one type of policy.
package asap
