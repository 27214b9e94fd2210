package udpsctp_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

func Example() {
	ctx := context.Background()
	network := udpsctp.NewNetwork(udpsctp.Config{})
	loopback := transport.ListenConfig{Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}

	server, err := network.Listen(ctx, loopback)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := network.Listen(ctx, loopback)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	out, err := client.Dial(ctx, server.LocalAddrs())
	if err != nil {
		log.Fatal(err)
	}
	if err := out.Send(ctx, transport.Message{PPID: 11, Data: []byte("hello")}); err != nil {
		log.Fatal(err)
	}
	if err := out.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}

	in, err := server.Accept(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for {
		m, err := in.Receive(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("PPID %d: %s\n", m.PPID, m.Data)
	}
	// Output:
	// PPID 11: hello
	// transport: association down: shutdown
}
