package handletable

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

const registrarID wire.ServerID = 0x1111

// peer is the registrar's side of an association, which tests play.
type peer struct {
	t     *testing.T
	assoc transport.Association
}

// send sends messages. Their sender is the registrar.
func (p *peer) send(messages ...enrpmsg.Message) {
	p.t.Helper()
	for _, m := range messages {
		data, err := m.AppendBinary(nil)
		if err != nil {
			p.t.Fatal(err)
		}
		p.sendRaw(wire.PPIDENRP, data)
	}
}

func (p *peer) sendRaw(ppid uint32, data []byte) {
	// The client may have closed the association.
	_ = p.assoc.Send(p.t.Context(), transport.Message{PPID: ppid, Data: data})
}

// receive returns the next message, nil after the end of the association.
func (p *peer) receive() enrpmsg.Message {
	p.t.Helper()
	raw, err := p.assoc.Receive(p.t.Context())
	if err != nil {
		return nil
	}
	m, err := enrpmsg.Parse(raw.Data)
	if err != nil {
		p.t.Error(err)
	}
	return m
}

// expect waits for a message of a type, and returns it.
func expect[M enrpmsg.Message](p *peer) (m M) {
	p.t.Helper()
	got := p.receive()
	m, ok := got.(M)
	if !ok {
		p.t.Errorf("received %T, want %T", got, m)
	}
	return m
}

// ids are the identifiers of the registrar's messages.
var ids = enrpmsg.IDs{Sender: registrarID}

// meet runs a client and the registrar that it asks, in virtual time.
func meet(t *testing.T, registrar func(p *peer), test func(ctx context.Context, c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, Heartbeat: time.Second})
		host, guest := network.Host(), network.Host()
		endpoint, err := host.Listen(t.Context(), transport.ListenConfig{Port: wire.PortENRP})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if assoc, err := endpoint.Accept(t.Context()); err == nil {
				registrar(&peer{t, assoc})
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		addr := netip.AddrPortFrom(host.Addrs()[0], wire.PortENRP)
		c, err := Open(ctx, Config{Network: guest, Registrar: []netip.AddrPort{addr}, MaxMemory: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		test(ctx, c)
		_ = c.endpoint.Close()
		_ = endpoint.Close()
		<-done
	})
}

// newElement returns an element, as registrars send it.
func newElement(id wire.PEID, load uint32) wire.PoolElement {
	return wire.PoolElement{
		ID: id, HomeID: registrarID, RegistrationLife: time.Minute,
		UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 7, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}},
		Policy:        wire.Policy{Type: wire.LeastUsed, Load: load},
	}
}

// newServer returns a registrar in a list.
func newServer(id wire.ServerID) wire.ServerInformation {
	return wire.ServerInformation{ID: id, Transport: newElement(1, 0).UserTransport}
}

// newPart returns a part of a handle table.
func newPart(more bool, pool wire.PoolHandle, elements ...wire.PoolElement) *enrpmsg.HandleTableResponse {
	r := &enrpmsg.HandleTableResponse{IDs: ids, MoreToSend: more}
	if len(elements) > 0 {
		r.Entries = []enrpmsg.PoolEntry{{PoolHandle: pool, PoolElements: elements}}
	}
	return r
}

// expectQuestions waits for the first messages of a client.
func expectQuestions(p *peer) *enrpmsg.Presence {
	p.t.Helper()
	presence := expect[*enrpmsg.Presence](p)
	expect[*enrpmsg.ListRequest](p)
	if r := expect[*enrpmsg.HandleTableRequest](p); r.OwnChildrenOnly {
		p.t.Error("the client asks for a part of the elements")
	}
	return presence
}

// TestRead reads a table in three parts from a registrar that treats the client as a peer meanwhile.
// An element moves to another part while the table is read.
func TestRead(t *testing.T) {
	meet(t, func(p *peer) {
		presence := expectQuestions(p)
		if presence.Checksum != 0xffff || presence.Server == nil || presence.Server.ID != presence.Sender || presence.Sender == 0 ||
			presence.Server.Transport.Port != p.assoc.RemoteAddrs()[0].Port() {
			p.t.Errorf("presence %+v", presence)
		}
		p.send(
			&enrpmsg.Presence{IDs: ids, Checksum: 0x1234, ReplyRequired: true},
			&enrpmsg.ListRequest{IDs: ids},
			&enrpmsg.HandleTableRequest{IDs: ids, OwnChildrenOnly: true},
			&enrpmsg.InitTakeover{IDs: ids, TargetID: 5},
			&enrpmsg.ListResponse{IDs: ids, Servers: []wire.ServerInformation{newServer(9), newServer(presence.Sender), newServer(2)}},
			newPart(true, "b", newElement(2, 1), newElement(1, 1)),
		)
		if r := expect[*enrpmsg.ListResponse](p); !r.Reject {
			p.t.Error("the client gives a list of peers")
		}
		if r := expect[*enrpmsg.HandleTableResponse](p); !r.Reject {
			p.t.Error("the client gives a handle table")
		}
		if r := expect[*enrpmsg.InitTakeoverAck](p); r.TargetID != 5 || r.Receiver != registrarID {
			p.t.Errorf("acknowledgement %+v", r)
		}
		if reply := expect[*enrpmsg.Presence](p); reply.ReplyRequired || reply.Sender != presence.Sender {
			p.t.Errorf("presence %+v", reply)
		}
		expect[*enrpmsg.HandleTableRequest](p)
		p.send(newPart(true, "a", newElement(3, 1)))
		expect[*enrpmsg.HandleTableRequest](p)
		p.send(newPart(false, "b", newElement(2, 7)))
		if m := p.receive(); m != nil {
			p.t.Errorf("received %T after the end of the table", m)
		}
	}, func(ctx context.Context, c *Client) {
		table, err := c.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if table.Registrar != registrarID || table.Checksum == nil || *table.Checksum != 0x1234 ||
			len(table.Peers) != 2 || table.Peers[0].ID != 2 || table.Peers[1].ID != 9 {
			t.Errorf("table %+v", table)
		}
		var got []string
		for handle, elements := range table.Pools() {
			for _, e := range elements {
				got = append(got, string(handle)+e.ID.String()[9:]+e.Policy.String())
			}
		}
		if s := strings.Join(got, " "); s != "a3LeastUsed b1LeastUsed b2LeastUsed" || table.Elements[2].Policy.Load != 7 || table.NumPools() != 2 {
			t.Errorf("elements %s, %+v", s, table.Elements)
		}
	})
}

// TestReadAgain reads two tables, with a probe of the registrar in the meantime.
func TestReadAgain(t *testing.T) {
	meet(t, func(p *peer) {
		for _, load := range []uint32{1, 2} {
			expectQuestions(p)
			p.send(&enrpmsg.ListResponse{IDs: ids}, newPart(false, "a", newElement(1, load)))
			if load == 2 {
				break
			}
			time.Sleep(time.Second) // The client is idle.
			p.send(&enrpmsg.Presence{IDs: ids, ReplyRequired: true})
			expect[*enrpmsg.Presence](p)
		}
	}, func(ctx context.Context, c *Client) {
		for _, load := range []uint32{1, 2} {
			table, err := c.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(table.Elements) != 1 || table.Elements[0].Policy.Load != load {
				t.Errorf("elements %+v", table.Elements)
			}
			idle, cancel := context.WithTimeout(ctx, 2*time.Second)
			if err := c.Idle(idle); err != nil {
				t.Error(err)
			}
			cancel()
		}
	})
}

// largeElement returns an element that nearly fills a message.
func largeElement(id wire.PEID) wire.PoolElement {
	e := newElement(id, 0)
	for range 7000 {
		e.UserTransport.Addrs = append(e.UserTransport.Addrs, e.UserTransport.Addrs[0])
	}
	return e
}

// TestHostileRegistrar asserts that no registrar holds the client up, or fills its memory.
func TestHostileRegistrar(t *testing.T) {
	type hostile struct {
		registrar func(p *peer) // after the questions
		is        error
		text      string
	}
	endless := func(part func(n int) enrpmsg.Message) func(p *peer) {
		return func(p *peer) {
			for n := 0; ; n++ {
				p.send(&enrpmsg.ListResponse{IDs: ids}, part(n))
				if p.receive() == nil {
					return
				}
			}
		}
	}
	for name, h := range map[string]hostile{
		"endless table of large elements": {
			endless(func(n int) enrpmsg.Message { return newPart(true, "a", largeElement(wire.PEID(n+1))) }), ErrTooLarge,
			"the handle table is too large: more than 4 MB of memory (elements so far: 18)",
		},
		"endless table of the same element": {
			endless(func(int) enrpmsg.Message { return newPart(true, "a", largeElement(1)) }), ErrTooLarge, "(elements so far: 18)",
		},
		"endless table without elements": {
			endless(func(int) enrpmsg.Message { return newPart(true, "") }), ErrNoProgress, "an empty part",
		},
		"silence": {func(p *peer) { p.receive() }, context.DeadlineExceeded, "no answer"},
		"silence after a part": {func(p *peer) {
			p.send(&enrpmsg.ListResponse{IDs: ids}, newPart(true, "a", newElement(1, 1)))
			p.receive() // The request for the next part.
			p.receive()
		}, context.DeadlineExceeded, "not complete (elements: 1, parts: 1)"},
		"refusal": {func(p *peer) {
			p.send(&enrpmsg.HandleTableResponse{IDs: ids, Reject: true})
		}, ErrRejected, "refuses"},
		"error": {func(p *peer) {
			p.send(&enrpmsg.Error{IDs: ids, Causes: []wire.ErrorCause{{Code: wire.CauseInvalidValues}}})
		}, nil, "the registrar reports an error: ["},
		"garbage":        {func(p *peer) { p.sendRaw(wire.PPIDENRP, []byte("\x03\x00\x00\x09garbage")) }, nil, "malformed message"},
		"other protocol": {func(p *peer) { p.sendRaw(wire.PPIDASAP, []byte("x")) }, nil, "payload protocol 11"},
		"abort":          {func(p *peer) { p.assoc.Abort("go away") }, nil, "association down"},
	} {
		t.Run(name, func(t *testing.T) {
			meet(t, func(p *peer) {
				expectQuestions(p)
				h.registrar(p)
			}, func(ctx context.Context, c *Client) {
				table, err := c.Read(ctx)
				if table != nil || err == nil || h.is != nil && !errors.Is(err, h.is) || !strings.Contains(err.Error(), h.text) {
					t.Errorf("error %v, want %v, %q", err, h.is, h.text)
				}
			})
		})
	}
}
