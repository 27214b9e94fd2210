package asap

import (
	"context"
	"errors"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// connection is a user's association with an element. It has an endpoint and thus a port of
// its own: two sessions with one element must not share an association.
type connection struct {
	element  wire.PEID
	endpoint transport.Endpoint
	assoc    transport.Association
	life     context.Context // until the element is left
	leave    context.CancelFunc

	inbox inbox
}

// bindError is a failure of this host, which says nothing about the element.
type bindError struct{ error }

func (e *bindError) Unwrap() error { return e.error }

// connect opens an association with an element.
func (n *Node) connect(ctx context.Context, e wire.PoolElement) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, n.config.ConnectTimeout)
	defer cancel()
	peer := e.UserTransport.AddrPorts()
	endpoint, err := n.config.Network.Listen(ctx, transport.ListenConfig{Addrs: unspecifiedFor(peer), NoAccept: true})
	if err != nil {
		return nil, &bindError{err}
	}
	assoc, err := endpoint.Dial(ctx, peer)
	if err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	c := &connection{element: e.ID, endpoint: endpoint, assoc: assoc}
	c.life, c.leave = context.WithCancel(context.Background())
	return c, nil
}

// unspecifiedFor returns the local address that suffices to reach a peer: a single socket for the
// family of the peer's addresses. For a peer of both families it returns nil: all addresses.
func unspecifiedFor(peer []netip.AddrPort) []netip.Addr {
	v4, v6 := false, false
	for _, p := range peer {
		if p.Addr().Unmap().Is4() {
			v4 = true
		} else {
			v6 = true
		}
	}
	switch {
	case v4 && !v6:
		return []netip.Addr{netip.IPv4Unspecified()}
	case v6 && !v4:
		return []netip.Addr{netip.IPv6Unspecified()}
	}
	return nil
}

// read passes on the messages of the element until the association ends, or the element is
// left: data to the inbox, and everything else to the machine by tell.
func (c *connection) read(tell func(sessionEvent)) {
	for {
		m, err := c.assoc.Receive(c.life)
		if down, ok := errors.AsType[*transport.DownError](err); ok {
			tell(sessionEvent{event: machine.Lost{Orderly: down.Cause == transport.CauseShutdown}, conn: c})
		}
		if err != nil {
			return
		}
		if !isControl(m) {
			if !c.inbox.put(c.life, c.assoc.Done(), Message(m)) {
				return
			}
			continue
		}
		// A cookie that is malformed or cannot be echoed must not replace a good cookie.
		cookie, ok := receiveControl(c.assoc, m.Data).(*asapmsg.Cookie)
		if ok && len(cookie.Cookie) <= maxCookie {
			tell(sessionEvent{event: machine.CookieReceived{Cookie: cookie.Cookie}, conn: c})
		}
	}
}

// shutDown leaves the element when all messages to it have been delivered. Its messages are
// read and dropped until then: the end in order of an association needs room for them.
func (c *connection) shutDown(ctx context.Context) error {
	c.inbox.close()
	err := c.assoc.Shutdown(ctx)
	c.leave()
	return errors.Join(err, c.endpoint.Close())
}

// drop leaves the element at once.
func (c *connection) drop(reason string) {
	c.leave()
	c.assoc.Abort(reason)
	_ = c.endpoint.Close() // Nothing of the association is of interest any more.
}
