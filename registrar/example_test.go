package registrar_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// A registrar serves until its context ends. Here its network is in memory.
func Example() {
	network := memnet.New(memnet.Config{})
	server, err := registrar.New(context.Background(), registrar.Config{ // On a real network, the zero Config works.
		Network:  network.Host(),
		ID:       0xabc,
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
	node, err := asap.Open(ctx, asap.Config{
		Network:    network.Host(),
		Registrars: []string{server.LocalAddrs()[0].String()},
	})
	if err != nil {
		log.Fatal(err)
	}
	listener, err := node.Listen(ctx, "EchoPool", &asap.ListenConfig{ID: 7})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("element", listener.ID())

	stop()
	fmt.Println("ended:", <-done)
	_ = node.Shutdown(ctx)
	// Output:
	// registrar 0x00000abc
	// element 0x00000007
	// ended: <nil>
}
