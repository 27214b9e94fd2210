package memnet_test

import (
	"context"
	"fmt"
	"log"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

func Example() {
	ctx := context.Background()
	network := memnet.New(memnet.Config{})
	registrar, element := network.Host(), network.Host()

	server, err := registrar.Listen(ctx, transport.ListenConfig{Port: 3863})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := element.Listen(ctx, transport.ListenConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	a, err := client.Dial(ctx, server.LocalAddrs())
	if err != nil {
		log.Fatal(err)
	}
	if err := a.Send(ctx, transport.Message{PPID: 11, Data: []byte("registration")}); err != nil {
		log.Fatal(err)
	}
	b, err := server.Accept(ctx)
	if err != nil {
		log.Fatal(err)
	}
	m, err := b.Receive(ctx)
	fmt.Println(string(m.Data), err)

	registrar.Crash() // Without a word: it takes a packet to notice.
	fmt.Println(a.Err())
	if err := a.Send(ctx, m); err != nil {
		log.Fatal(err)
	}
	<-a.Done()
	fmt.Println(a.Err())
	// Output:
	// registration <nil>
	// <nil>
	// transport: association down: refused: nothing listens there
}
