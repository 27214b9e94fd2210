package asap_test

import (
	"context"
	"log"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// startCounter runs an element that counts, and keeps the count in cookies.
func startCounter(ctx context.Context, host *memnet.Host, registrar []netip.AddrPort, id wire.PEID) {
	node, err := asap.NewNode(ctx, asap.Config{Network: host, Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := node.Listen(ctx, "CountPool", asap.ListenConfig{ID: id})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer func() { _ = node.Close(ctx) }()
		for {
			session, err := listener.Accept(ctx)
			if err != nil {
				return
			}
			go count(ctx, session)
		}
	}()
}

// count serves a session: it answers each message with the number of messages so far.
func count(ctx context.Context, session *asap.ServerSession) {
	n := byte(0)
	for {
		item, err := session.Receive(ctx)
		if err != nil {
			return
		}
		switch item := item.(type) {
		case asap.CookieEcho:
			n = item.Cookie[0]
		case asap.Data:
			n++
			_ = session.SendCookie(ctx, []byte{n})
			_ = session.Send(ctx, asap.Data{Data: []byte{n}})
		}
	}
}
