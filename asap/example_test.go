package asap_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// A server becomes an element of a pool and serves a client. Here all hosts are in memory. On a real
// network, nodes get a udpsctp.Network and find registrars by announces.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()

	server, err := asap.NewNode(ctx, asap.Config{Network: network.Host(), Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = server.Close(ctx) }()
	listener, err := server.Listen(ctx, "EchoPool", asap.ListenConfig{})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		session, err := listener.Accept(ctx)
		if err != nil {
			return
		}
		for {
			item, err := session.Receive(ctx)
			if err != nil {
				return
			}
			if data, ok := item.(asap.Data); ok {
				_ = session.Send(ctx, data)
			}
		}
	}()

	client, err := asap.NewNode(ctx, asap.Config{Network: network.Host(), Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = client.Close(ctx) }()
	session, err := client.Dial(ctx, "EchoPool", asap.DialConfig{})
	if err != nil {
		log.Fatal(err)
	}
	if err := session.Send(ctx, asap.Data{Data: []byte("hello")}); err != nil {
		log.Fatal(err)
	}
	item, err := session.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", item.(asap.Data).Data)
	// Output: hello
}

// An element sets its load, and gives the state of each session to its user.
func ExampleNode_Listen() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()
	node, err := asap.NewNode(ctx, asap.Config{Network: network.Host(), Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = node.Close(ctx) }()

	listener, err := node.Listen(ctx, "CalcPool", asap.ListenConfig{
		ID:     0x1234,
		Policy: wire.Policy{Type: wire.LeastUsed},
		Notify: func(ev asap.ListenerEvent) { fmt.Printf("%T\n", ev) },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("element", listener.ID(), "of", listener.Pool())

	// A quarter of the element's capacity is used now.
	if err := listener.SetPolicy(ctx, wire.Policy{Type: wire.LeastUsed, Load: wire.FullLoad / 4}); err != nil {
		log.Fatal(err)
	}
	// Session has an example of the user's side.
	serve := func(session *asap.ServerSession) {
		sum := byte(0)
		for {
			item, err := session.Receive(ctx)
			if err != nil {
				return // The user has ended the session.
			}
			switch item := item.(type) {
			case asap.CookieEcho: // Another element has begun the session.
				sum = item.Cookie[0]
			case asap.Data:
				sum += item.Data[0]
				_ = session.SendCookie(ctx, []byte{sum})
				_ = session.Send(ctx, asap.Data{Data: []byte{sum}})
			}
		}
	}
	go func() {
		for {
			session, err := listener.Accept(ctx)
			if err != nil {
				return // The listener is closed.
			}
			go serve(session)
		}
	}()
	// The element leaves the pool, then ends its sessions.
	fmt.Println("closed:", listener.Close(ctx))
	// Output:
	// asap.Registered
	// element 0x00001234 of CalcPool
	// closed: <nil>
}

// After the death of its element, a user's session continues at another element.
func ExampleSession() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{Heartbeat: 10 * time.Millisecond})
	registrar, stop := startRegistrar(network.Host())
	defer stop()
	hosts := map[wire.PEID]*memnet.Host{1: network.Host(), 2: network.Host()}
	for id, host := range hosts {
		startCounter(ctx, host, registrar, id)
	}
	node, err := asap.NewNode(ctx, asap.Config{Network: network.Host(), Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = node.Close(ctx) }()

	session, err := node.Dial(ctx, "CountPool", asap.DialConfig{})
	if err != nil {
		log.Fatal(err)
	}
	request := asap.Data{Data: []byte("next")}
	next := func() byte {
		_ = session.Send(ctx, request) // If it fails, a failover comes.
		for {
			item, err := session.Receive(ctx)
			if err != nil {
				log.Fatal(err)
			}
			switch item := item.(type) {
			case asap.Data:
				return item.Data[0]
			case asap.FailoverNecessary:
				fmt.Println("failover necessary")
			case asap.FailoverComplete:
				fmt.Println("failover complete, cookie:", item.Cookie)
				_ = session.Send(ctx, request)
			}
		}
	}
	fmt.Println(next())
	fmt.Println(next())
	hosts[session.Element()].Crash() // Its process dies.
	fmt.Println(next())
	fmt.Println(session.Close(ctx))
	// Output:
	// 1
	// 2
	// failover necessary
	// failover complete, cookie: true
	// 3
	// <nil>
}

// Programs with a transport of their own resolve the pool, and report elements that do not work.
func ExampleNode_Resolve() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()
	startCounter(ctx, network.Host(netip.MustParseAddr("192.0.2.7")), registrar, 7)
	node, err := asap.NewNode(ctx, asap.Config{Network: network.Host(), Registrars: [][]netip.AddrPort{registrar}})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = node.Close(ctx) }()

	elements, err := node.Resolve(ctx, "CountPool", 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range elements {
		fmt.Println(e.ID, e.Policy, e.UserTransport.Protocol, e.UserTransport.Addrs)
		if err := node.ReportUnreachable(ctx, "CountPool", e.ID); err != nil {
			log.Fatal(err)
		}
	}
	_, err = node.Resolve(ctx, "NoSuchPool", 1)
	fmt.Println(errors.Is(err, asap.ErrPoolUnknown))
	// Output:
	// 0x00000007 RoundRobin SCTP [192.0.2.7]
	// true
}
