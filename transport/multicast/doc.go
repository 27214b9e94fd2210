// Package multicast sends and receives the UDP datagrams by which registrars announce
// themselves (RFC 5352, 3.2.1 and RFC 5353, 3.1), to IPv4 and IPv6 groups.
//
// [Join] becomes a member of a group, and returns a [transport.Group]. A [Sender] sends to
// groups from the socket of an endpoint, so the source of a datagram is the endpoint's
// port. Both use the same [Interfaces]: by default loopback, and every interface that is up
// and capable of multicast. Loopback makes a host without other interfaces work too. Both
// look for new interfaces every [RescanInterval].
//
// # The receiver's socket
//
// A group has a socket for each interface. The socket is bound to the group's address and
// port, with address reuse. Every such socket on the host gets every datagram, whatever the
// process, and no socket gets datagrams for other destinations.
//
// A socket receives datagrams only from the interface on which it has joined. For IPv4,
// IP_MULTICAST_ALL is off. For IPv6, Linux ignores the interface, so the group drops
// datagrams that arrive on another interface.
//
// A single socket for all interfaces would not do, for two reasons. Linux limits a socket
// to 20 memberships (igmp_max_memberships). A socket bound to a link-local IPv6 group is
// bound to an interface.
//
// # The sender's socket
//
// An endpoint may have the port number of a group: registrars listen at port 3863, and
// announce themselves to a group at port 3863. The endpoint's UDP socket is bound to the
// wildcard address. It shares the port with the receivers' sockets on the same host only if
// all these sockets allow address reuse. But then bind would also accept a second endpoint
// at that port. [Listen] therefore opens a socket with three properties:
//
//   - receivers of groups can share the port;
//   - the socket gets none of their datagrams;
//   - a port of another endpoint is still refused.
//
// The control message of each datagram sets the outgoing interface, and for IPv4 the source
// address. So a sender does not disturb other uses of the socket. The abilities of a socket
// depend on the system:
//
//   - Linux: a dual-stack socket (network "udp", bound to [::]) sends to IPv4 and IPv6
//     groups.
//   - Elsewhere: a dual-stack socket sends to IPv6 groups only. An endpoint that also sends
//     to IPv4 groups needs two sockets on the same port number, each with a sender: an IPv4
//     socket (network "udp4") and an IPv6-only socket (network "udp6").
//
// # Limits
//
//   - Linux has no route for IPv6 multicast on loopback, so no datagrams are sent there. On
//     a host with loopback only, IPv6 groups work after
//     "ip -6 route add local ff00::/8 dev lo table local".
//   - Windows cannot bind a socket to the address of a group. The socket is bound to the
//     wildcard address, and gets other datagrams for the port as well.
package multicast
