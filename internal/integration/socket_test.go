package integration

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// The tests of this file repeat the most important tests over real sockets.

var loopback = netip.MustParseAddr("127.0.0.1")

// socketNode opens a node on loopback.
func socketNode(t *testing.T, registrars ...netip.AddrPort) *asap.Node {
	t.Helper()
	n, err := asap.NewNode(t.Context(), asap.Config{
		Network:    udpsctp.NewNetwork(udpsctp.Config{HeartbeatInterval: 100 * time.Millisecond, RTOMax: 100 * time.Millisecond}),
		Local:      transport.ListenConfig{Addrs: []netip.Addr{loopback}},
		Registrars: [][]netip.AddrPort{registrars},
		NoAnnounce: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close(endedContext()) })
	return n
}

// socketListen makes an element on loopback.
func socketListen(t *testing.T, n *asap.Node, notify func(asap.ListenerEvent)) *asap.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, err := n.Listen(ctx, "echo", asap.ListenConfig{Local: transport.ListenConfig{Addrs: []netip.Addr{loopback}}, Notify: notify})
	if err != nil {
		t.Fatal(err)
	}
	go serve(l)
	return l
}

// socketIDs resolves the pool "echo".
func socketIDs(t *testing.T, n *asap.Node) []wire.PEID {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	elements, err := n.Resolve(ctx, "echo", 128)
	if err != nil && !errors.Is(err, asap.ErrPoolUnknown) {
		t.Fatal(err)
	}
	var ids []wire.PEID
	for _, e := range elements {
		ids = append(ids, e.ID)
	}
	return ids
}

// item returns the next item of a session, which must be of a type.
func item[T asap.Item](t *testing.T, s *asap.Session) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	got, err := s.Receive(ctx)
	if err != nil {
		t.Fatal(err)
	}
	typed, ok := got.(T)
	if !ok {
		t.Fatalf("received %#v, want %T", got, typed)
	}
	return typed
}

// askEcho sends a message and checks the answer, which must have the given count.
func askEcho(t *testing.T, s *asap.Session, count byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Send(ctx, asap.Data{Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	if d := item[asap.Data](t, s); string(d.Data) != string(count)+"hello" {
		t.Fatalf("received %q, want the count %c", d.Data, count)
	}
}

func TestSocketFailover(t *testing.T) {
	t.Parallel()
	server, _ := registrartest.Start(t, registrartest.Loopback())
	at := server.LocalAddrs()[0]
	nodes := make(map[wire.PEID]*asap.Node)
	for range 2 {
		n := socketNode(t, at)
		nodes[socketListen(t, n, nil).ID()] = n
	}
	pu := socketNode(t, at)
	if ids := socketIDs(t, pu); len(ids) != 2 || nodes[ids[0]] == nil || nodes[ids[1]] == nil {
		t.Fatalf("the pool has %v", ids)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := pu.Dial(ctx, "echo", asap.DialConfig{})
	if err != nil {
		t.Fatal(err)
	}
	askEcho(t, s, '1')
	askEcho(t, s, '2')
	first := s.Element()
	_ = nodes[first].Close(endedContext()) // Aborts all it has.
	if n := item[asap.FailoverNecessary](t, s); n.Element != first || !n.Cookie || n.Orderly {
		t.Errorf("%+v", n)
	}
	if c := item[asap.FailoverComplete](t, s); c.Element == first || !c.Cookie {
		t.Errorf("%+v", c)
	}
	askEcho(t, s, '3')
	deadline := time.Now().Add(10 * time.Second)
	for slices.Contains(socketIDs(t, pu), first) {
		if time.Now().After(deadline) {
			t.Fatal("the element stays in the pool")
		}
	}
	if err := s.Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	// The other one leaves in order, and the pool is gone.
	second := s.Element()
	if err := nodes[second].Close(ctx); err != nil {
		t.Errorf("Close: %v", err)
	}
	if ids := socketIDs(t, pu); ids != nil {
		t.Errorf("the pool has %v", ids)
	}
}

// A registrar that restarts at its address gets its elements back.
func TestSocketRegistrarRestart(t *testing.T) {
	t.Parallel()
	config := registrartest.Loopback()
	config.ASAP.Port = transporttest.FreePort(t)
	first, stop := registrartest.Start(t, config)
	at := first.LocalAddrs()[0]
	events := make(chan asap.ListenerEvent, 100)
	l := socketListen(t, socketNode(t, at), func(ev asap.ListenerEvent) { events <- ev })
	awaitEvent[asap.Registered](t, events)
	stop()
	awaitEvent[asap.Lost](t, events)
	second, _ := registrartest.Start(t, config)
	awaitEvent[asap.Registered](t, events)
	if ids := socketIDs(t, socketNode(t, second.LocalAddrs()...)); !slices.Equal(ids, []wire.PEID{l.ID()}) {
		t.Errorf("the pool has %v, want %v", ids, l.ID())
	}
}

// awaitEvent waits for the next event, which must be of a type.
func awaitEvent[T asap.ListenerEvent](t *testing.T, events <-chan asap.ListenerEvent) {
	t.Helper()
	select {
	case ev := <-events:
		if _, ok := ev.(T); !ok {
			t.Fatalf("event %#v", ev)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no event")
	}
}
