// Package multicast sends and receives the UDP datagrams by which registrars
// make themselves known (RFC 5352, 3.2.1 and RFC 5353, 3.1), to IPv4 and IPv6
// groups.
//
// [Join] becomes a member of a group and returns a [transport.Group]. A [Sender]
// sends to groups from the socket of an endpoint, so that a datagram's source
// is the endpoint's port. Both go over the same [Interfaces]: by default all
// that are up and can do multicast, and loopback, so that a host with no other
// usable interface works too. Both look for new interfaces every
// [RescanInterval].
//
// # The receiver's socket
//
// For every interface there is one socket, bound to the group's address and
// port with address reuse: every socket on the host that has joined, in
// whatever process, gets every datagram, and none gets datagrams for other
// destinations. A socket hears the interface on which it has joined and no other:
// IP_MULTICAST_ALL is off, and as Linux does not look at the interface for IPv6,
// datagrams that come from another one are dropped. One socket per interface rather than one in all,
// because Linux limits a socket to 20 memberships (igmp_max_memberships), and
// because a socket bound to a link-local IPv6 group is bound to an interface.
//
// # The sender's socket
//
// An endpoint may have the same port number as a group: registrars listen at
// port 3863, and announce themselves to a group at port 3863. The endpoint's UDP
// socket, bound to the wildcard address, and the receivers' sockets on the same
// host can only be bound side by side if all of them allow address reuse, and
// then a second endpoint on that port would get no error from bind. [Listen]
// opens a socket that gets along with receivers of groups, gets none of their
// datagrams, and still refuses a port that another endpoint has.
//
// The outgoing interface, and on IPv4 the source address, are set in each
// datagram's control message, so a sender does not disturb what else the socket
// is used for. What a socket can do depends on the system:
//
//   - Linux: a dual-stack socket (network "udp", bound to [::]) sends to IPv4 and
//     IPv6 groups alike.
//   - Elsewhere, a dual-stack socket sends to IPv6 groups only. An endpoint that
//     is to send to IPv4 groups has an IPv4 socket (network "udp4") on the same
//     port number beside an IPv6-only one (network "udp6"), with one sender each.
//
// # Limits
//
//   - Linux has no route for IPv6 multicast on loopback, so that nothing is sent
//     there. On a host that has nothing but loopback, IPv6 groups work after
//     "ip -6 route add local ff00::/8 dev lo table local".
//   - Windows cannot bind a socket to a group's address: there it is bound to
//     the wildcard address, and gets other datagrams for the port as well.
package multicast
