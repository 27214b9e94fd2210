package asap_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// A server becomes an element of a pool, and a client is served by it. Here all hosts are in
// memory; on a real network the zero Config is enough.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()

	server := open(ctx, network.Host(), registrar)
	defer server.Close()
	listener, err := server.Listen(ctx, "EchoPool", nil)
	if err != nil {
		log.Fatal(err)
	}
	go listener.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
		for m, err := range s.Messages(ctx) {
			if err == nil {
				err = s.Send(ctx, m)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))

	client := open(ctx, network.Host(), registrar)
	defer client.Close()
	session, err := client.Dial(ctx, "EchoPool", nil)
	if err != nil {
		log.Fatal(err)
	}
	reply, err := session.Request(ctx, asap.Message{Data: []byte("hello")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", reply.Data)
	// Output: hello
}

// An element tells its load, and gives the state of each session to its user.
func ExampleNode_Listen() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()

	node := open(ctx, network.Host(), registrar)
	defer node.Close()
	registered := make(chan asap.Event, 10)
	listener, err := node.Listen(ctx, "CalcPool", &asap.ListenConfig{
		ID:     0x1234,
		Policy: wire.Policy{Type: wire.LeastUsed},
		Notify: func(ev asap.Event) { registered <- ev },
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%T: element %v of %s\n", <-registered, listener.ID(), listener.Pool())

	// A quarter of its capacity is used now. Sessions that are served by Serve say it by
	// Session.SetLoad.
	err = listener.SetPolicy(ctx, wire.Policy{Type: wire.LeastUsed, Load: wire.FullLoad / 4})
	if err != nil {
		log.Fatal(err)
	}

	// The element leaves the pool, then ends its sessions.
	fmt.Println("shut down:", listener.Shutdown(ctx))
	// Output:
	// asap.Registered: element 0x00001234 of CalcPool
	// shut down: <nil>
}

// A user's session goes on at another element when the one that serves it dies, with the
// state that it had.
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
	node := open(ctx, network.Host(), registrar)
	defer node.Close()

	session, err := node.Dial(ctx, "CountPool", nil)
	if err != nil {
		log.Fatal(err)
	}
	next := func() {
		reply, err := session.Request(ctx, asap.Message{Data: []byte("next")}) // Sent again after a failover.
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reply.Data[0])
	}
	next()
	next()
	hosts[session.Element()].Crash() // Its process dies.
	next()
	fmt.Println(session.Shutdown(ctx))
	// Output:
	// 1
	// 2
	// 3
	// <nil>
}

// A program that is told of failovers decides itself what it sends again.
func ExampleFailoverError() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{Heartbeat: 10 * time.Millisecond})
	registrar, stop := startRegistrar(network.Host())
	defer stop()
	hosts := map[wire.PEID]*memnet.Host{1: network.Host(), 2: network.Host()}
	for id, host := range hosts {
		startCounter(ctx, host, registrar, id)
	}
	node := open(ctx, network.Host(), registrar)
	defer node.Close()

	session, err := node.Dial(ctx, "CountPool", nil)
	if err != nil {
		log.Fatal(err)
	}
	hosts[session.Element()].Crash()
	for _, err := range session.Messages(ctx) {
		moved, ok := errors.AsType[*asap.FailoverError](err)
		if !ok {
			log.Fatal(err)
		}
		fmt.Println("another element:", moved.To != moved.From, "orderly:", moved.Orderly)
		break
	}
	// Output: another element: true orderly: false
}

// Programs that use a transport of their own resolve the pool, and report unreachable elements.
func ExampleNode_Resolve() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	network := memnet.New(memnet.Config{})
	registrar, stop := startRegistrar(network.Host())
	defer stop()
	startCounter(ctx, network.Host(netip.MustParseAddr("192.0.2.7")), registrar, 7)

	node := open(ctx, network.Host(), registrar)
	defer node.Close()
	pool, err := node.Resolve(ctx, "CountPool", &asap.ResolveConfig{Items: 3})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range pool.Elements {
		fmt.Println(e.ID, e.Policy, e.UserTransport.Protocol, e.UserTransport.Addrs)
		if err := node.ReportUnreachable("CountPool", e.ID); err != nil {
			log.Fatal(err)
		}
	}
	_, err = node.Resolve(ctx, "NoSuchPool", nil)
	fmt.Println(err, errors.Is(err, asap.ErrPoolUnknown))
	// Output:
	// 0x00000007 RoundRobin SCTP [192.0.2.7]
	// pool NoSuchPool: unknown pool true
}

// open opens a node on a host in memory, which knows a registrar.
func open(ctx context.Context, host *memnet.Host, registrar string) *asap.Node {
	node, err := asap.Open(ctx, asap.Config{
		Network:    host,
		Registrars: []string{registrar},
		Announce:   transport.GroupConfig{Off: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	return node
}

// startCounter runs an element that counts, and gives the count to the user as the session's
// state.
func startCounter(ctx context.Context, host *memnet.Host, registrar string, id wire.PEID) {
	node := open(ctx, host, registrar)
	listener, err := node.Listen(ctx, "CountPool", &asap.ListenConfig{ID: id})
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		defer node.Close()
		_ = listener.Serve(ctx, asap.HandlerFunc(count))
	}()
}

func count(ctx context.Context, s *asap.Session) error {
	n := byte(0)
	for _, err := range s.Messages(ctx) {
		if err != nil {
			return err
		}
		if state, resumed := s.State(); resumed && n == 0 {
			n = state[0]
		}
		n++
		if err := s.SetState(ctx, []byte{n}); err != nil {
			return err
		}
		if err := s.Send(ctx, asap.Message{Data: []byte{n}}); err != nil {
			return err
		}
	}
	return nil
}
