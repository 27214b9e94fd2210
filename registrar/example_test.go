package registrar_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// A registrar serves until its context ends. Here its network is in memory. On a real network, a
// registrar gets a udpsctp.Network, and groups in which to announce itself.
func Example() {
	network := memnet.New(memnet.Config{})
	server, err := registrar.New(context.Background(), registrar.Config{
		Network:  network.Host(),
		ID:       0xabc,
		ASAP:     transport.ListenConfig{Port: wire.PortASAP},
		Elements: registrar.ElementsConfig{KeepAliveInterval: time.Second, KeepAliveTimeout: time.Second},
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()
	fmt.Println("registrar", server.ID())

	// A server comes.
	node, err := asap.NewNode(ctx, asap.Config{
		Network:    network.Host(),
		Registrars: [][]netip.AddrPort{server.LocalAddrs()},
	})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := node.Listen(ctx, "EchoPool", asap.ListenConfig{ID: 7})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("element", listener.ID())

	stop()
	fmt.Println("ended:", <-done)
	_ = node.Close(ctx)
	// Output:
	// registrar 0x00000abc
	// element 0x00000007
	// ended: <nil>
}
