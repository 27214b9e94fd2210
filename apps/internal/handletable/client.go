package handletable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Config configures a [Client].
type Config struct {
	// Network is the network of the registrar. Required.
	Network transport.Network
	// Registrar holds the addresses of the registrar's ENRP endpoint. Required.
	Registrar []netip.AddrPort
	// MaxMemory bounds the memory of a table, in octets. 0: 128 MB.
	MaxMemory int
}

// defaultMaxMemory is the default of [Config.MaxMemory].
const defaultMaxMemory = 128 << 20

// A Client is an association with a registrar. Its methods are for a single goroutine.
type Client struct {
	endpoint  transport.Endpoint
	assoc     transport.Association
	id        wire.ServerID // our identifier
	maxMemory int

	isAsked bool // the registrar waits for a Presence
}

// Open opens an association.
func Open(ctx context.Context, config Config) (*Client, error) {
	endpoint, err := config.Network.Listen(ctx, transport.ListenConfig{NoAccept: true})
	if err != nil {
		return nil, err
	}
	assoc, err := endpoint.Dial(ctx, config.Registrar)
	if err != nil {
		return nil, errors.Join(err, endpoint.Close())
	}
	return &Client{
		endpoint: endpoint, assoc: assoc, id: wire.ServerID(max(rand.Uint32(), 1)),
		maxMemory: cmp.Or(config.MaxMemory, defaultMaxMemory),
	}, nil
}

// ID returns the identifier under which the registrar knows the client.
func (c *Client) ID() wire.ServerID { return c.id }

// Close ends the association gracefully, or at once when the context ends.
func (c *Client) Close(ctx context.Context) error { return c.endpoint.Shutdown(ctx) }

// Read returns the registrar's table of all elements. After an error, the client is of no use any more: RSPLIB would
// go on with the table where it stopped.
func (c *Client) Read(ctx context.Context) (*Table, error) {
	q := &inquiry{maxMemory: c.maxMemory}
	// A Presence with our addresses makes the registrar answer, and is followed by its own Presence.
	err := c.send(ctx, c.presence(true), &enrpmsg.ListRequest{IDs: c.ids()}, &enrpmsg.HandleTableRequest{IDs: c.ids()})
	for err == nil && !q.isComplete() {
		err = c.receive(ctx, q)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: %w", q.progress(), err)
	case err != nil:
		return nil, err
	}
	q.table.removePeer(c.id) // RSPLIB names its peer to the peer itself.
	q.table.sort()
	return &q.table, nil
}

// Idle answers the registrar until the context ends, with nil as the error then, or the
// association.
func (c *Client) Idle(ctx context.Context) error {
	err := c.confirm(ctx)
	for err == nil {
		if err = c.receive(ctx, nil); err == nil {
			err = c.confirm(ctx)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// receive takes a message of the registrar, for an inquiry if it is not nil.
func (c *Client) receive(ctx context.Context, q *inquiry) error {
	raw, err := c.assoc.Receive(ctx)
	if err != nil {
		return err
	}
	if raw.PPID != wire.PPIDENRP {
		return fmt.Errorf("the registrar sends a message that is not of ENRP (payload protocol %d)", raw.PPID)
	}
	msg, err := enrpmsg.Parse(raw.Data)
	if err != nil {
		return fmt.Errorf("malformed message of the registrar: %w", err)
	}
	if answer := c.answer(msg); answer != nil {
		if err := c.send(ctx, answer); err != nil {
			return err
		}
	}
	if q == nil {
		return nil
	}
	wantsMore, err := q.handleMessage(msg, len(raw.Data))
	if err != nil || !wantsMore {
		return err
	}
	if err := c.confirm(ctx); err != nil {
		return err
	}
	return c.send(ctx, &enrpmsg.HandleTableRequest{IDs: c.ids()})
}

// confirm sends a Presence if the registrar has asked for it. A client that has the whole table, and leaves, does not
// confirm: RSPLIB logs an error about a Presence if the association is down already.
func (c *Client) confirm(ctx context.Context) error {
	if !c.isAsked {
		return nil
	}
	c.isAsked = false
	return c.send(ctx, c.presence(false))
}

// answer returns the answer to a request of the registrar, nil if the message is no request.
func (c *Client) answer(msg enrpmsg.Message) enrpmsg.Message {
	ids := enrpmsg.IDs{Sender: c.id, Receiver: msg.ServerIDs().Sender}
	switch msg := msg.(type) {
	case *enrpmsg.Presence:
		c.isAsked = c.isAsked || msg.ReplyRequired // See confirm.
	case *enrpmsg.ListRequest:
		return &enrpmsg.ListResponse{IDs: ids, Reject: true}
	case *enrpmsg.HandleTableRequest:
		return &enrpmsg.HandleTableResponse{IDs: ids, Reject: true}
	case *enrpmsg.InitTakeover:
		return &enrpmsg.InitTakeoverAck{IDs: ids, TargetID: msg.TargetID}
	}
	return nil
}

// ids returns the identifiers of a message to a registrar whose identifier may be unknown.
func (c *Client) ids() enrpmsg.IDs { return enrpmsg.IDs{Sender: c.id} }

// presence returns a Presence of a registrar without elements. RSPLIB wants addresses of the
// association in it.
func (c *Client) presence(replyRequired bool) *enrpmsg.Presence {
	t := wire.Transport{Protocol: wire.SCTP}
	for _, a := range c.assoc.LocalAddrs() {
		t.Port = a.Port()
		t.Addrs = append(t.Addrs, a.Addr().Unmap().WithZone(""))
	}
	return &enrpmsg.Presence{
		IDs: c.ids(), ReplyRequired: replyRequired, Checksum: wire.PEChecksum(0).Value(),
		Server: &wire.ServerInformation{ID: c.id, Transport: t},
	}
}

// send sends messages.
func (c *Client) send(ctx context.Context, messages ...enrpmsg.Message) error {
	for _, m := range messages {
		data, err := m.AppendBinary(nil)
		if err != nil {
			return err
		}
		if err := c.assoc.Send(ctx, transport.Message{PPID: wire.PPIDENRP, Data: data}); err != nil {
			return err
		}
	}
	return nil
}
