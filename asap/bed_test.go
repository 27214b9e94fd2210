package asap_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// bed is a node, and an endpoint that plays its registrar.
type bed struct {
	t         *testing.T
	net       *memnet.Network
	node      *asap.Node
	registrar transport.Endpoint
}

func run(t *testing.T, test func(t *testing.T, b *bed)) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}})
		b := &bed{t: t, net: n}
		var err error
		if b.registrar, err = n.Host().Listen(t.Context(), transport.ListenConfig{Port: wire.PortASAP}); err != nil {
			t.Fatal(err)
		}
		b.node, err = asap.NewNode(t.Context(), asap.Config{
			Network:    n.Host(),
			Registrars: [][]netip.AddrPort{b.registrar.LocalAddrs()},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = b.node.Close(ctx)
		if err := b.registrar.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (b *bed) accept() transport.Association {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	a, err := b.registrar.Accept(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func (b *bed) home() asap.Home {
	b.t.Helper()
	h, err := b.node.Home(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func (b *bed) receive(a transport.Association) asapmsg.Message {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	raw, err := a.Receive(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	m, err := asapmsg.Parse(raw.Data)
	if err != nil || raw.PPID != wire.PPIDASAP || raw.Stream != 0 {
		b.t.Fatalf("received %+v: %v", raw, err)
	}
	return m
}

func (b *bed) send(a transport.Association, ppid uint32, data []byte) {
	b.t.Helper()
	if err := a.Send(b.t.Context(), transport.Message{PPID: ppid, Data: data}); err != nil {
		b.t.Fatal(err)
	}
}
