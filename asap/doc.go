// Package asap makes a program a pool element, a pool user, or both (RFC 5351, RFC 5352). A pool
// element is a server that shares the work of a pool. A pool user is a client of the pool: if its
// element fails, another element serves it.
//
// [NewNode] opens the ASAP endpoint that all elements and users in the program share.
//
// # Pool elements
//
// [Node.Listen] binds an endpoint, registers it in a pool at a registrar, and keeps it
// registered. It renews the registration, acknowledges keep-alives, and moves to another
// registrar when its registrar is lost or hands the element over. The [Listener] accepts a
// [ServerSession] for each pool user. [Listener.SetPolicy] sets the load for policies that use
// it. [Listener.Close] first takes the element out of the pool and then ends its sessions.
//
// # Pool users
//
// [Node.Dial] opens a [Session] with an element that the registrar chooses by the pool's
// policy. [Session.Receive] returns messages as [Data], and reports the failover:
// [FailoverNecessary] when the element is lost, [FailoverComplete] when another element serves
// the session.
//
// [Node.Resolve] returns elements of a pool to callers with a transport of their own. Such a caller
// reports an element that does not work by [Node.ReportUnreachable].
//
// # Registrars
//
// A node looks for a registrar when it has something to send: among the configured registrars,
// and by announces (RFC 5352, 3.6). It keeps to that registrar. When the
// registrar does not answer in time, the node repeats the request and also looks for another
// registrar. The first registrar that answers becomes the home registrar (RFC 5352, 3.7.2). The
// change loses no request.
//
// # State of sessions
//
// A server that cannot afford to lose the state of a session sends it to the user with
// [ServerSession.SendCookie], as often as it likes. After a failover the next server receives the
// newest cookie as a [CookieEcho] before anything else. Any client can send a cookie
// to a server, so a cookie should be signed (RFC 5352, 3.8).
//
// # Limits of the failover
//
// A message on its way to an element that dies may be lost, and its answer too. A session sends
// nothing between [FailoverNecessary] and [FailoverComplete]. The program sends again every request
// that has no answer by then. After FailoverNecessary no message of the lost element is delivered.
//
// # Cancellation and the end
//
// Calls that wait take a context and return its error when the context ends. [Node.Close]
// closes all listeners and sessions of the node. Calls on closed objects return [ErrClosed]. A
// second Close waits for the first Close, regardless of its own context, and returns the same
// error.
//
// # Limits
//
//   - Sessions use SCTP only. Dial passes over elements with other protocols, and Resolve returns
//     them.
//   - Resolutions are not cached. Each asks the registrar, whose choice balances the load.
//   - Pool handles have 1 to 32 octets.
//   - All elements of a pool have the same type of policy.
package asap

// The files in reading order:
//
//	errors.go         errors
//	config.go         Config of a node
//	item.go           Item: messages and events of sessions
//	registration.go   ListenerEvent; an element in the node's loop
//	resolution.go     the answer to a handle resolution
//	node.go           Node: the ASAP endpoint and its loop
//	home.go           Home: the state of the home registrar
//	resolve.go        Node.Resolve, Node.ReportUnreachable
//	control.go        the control channel of sessions
//	serversession.go  ServerSession: an element's side of a session
//	listener.go       Listener: a pool element
//	connection.go     an association of a session with an element
//	sessionloop.go    the loop of a session
//	session.go        Session: a user's side of a session
