package integration

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// Tests over real sockets. Most properties are tested in virtual time.

// socketNode opens a node on loopback that notices losses soon.
func socketNode(t testing.TB, registrars ...netip.AddrPort) *asap.Node {
	t.Helper()
	return openLoopback(t, udpsctp.Config{HeartbeatInterval: 100 * time.Millisecond, RTOMax: 100 * time.Millisecond}, registrars)
}

// openLoopback opens a node on loopback that knows a registrar.
func openLoopback(t testing.TB, config udpsctp.Config, registrars []netip.AddrPort) *asap.Node {
	t.Helper()
	n, err := asap.Open(t.Context(), asap.Config{
		Network:    udpsctp.NewNetwork(config),
		Local:      transport.ListenConfig{Addrs: []netip.Addr{loopback}},
		Registrars: []string{joined(registrars)},
		Announce:   transport.GroupConfig{Off: true},
		Logger:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func socketListen(t *testing.T, n *asap.Node, notify func(asap.Event)) *asap.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	l, err := n.Listen(ctx, "echo", &asap.ListenConfig{Local: transport.ListenConfig{Addrs: []netip.Addr{loopback}}, Notify: notify})
	if err != nil {
		t.Fatal(err)
	}
	go serve(l, echo)
	return l
}

func socketIDs(t *testing.T, n *asap.Node) []wire.PEID {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	pool, err := n.Resolve(ctx, "echo", &asap.ResolveConfig{Items: 128})
	if err != nil && !errors.Is(err, asap.ErrPoolUnknown) {
		t.Fatal(err)
	}
	return idsOf(pool)
}

func askEcho(t *testing.T, s *asap.Session, count byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Send(ctx, asap.Message{Data: []byte("hello")}); err != nil {
		t.Fatal(err)
	}
	m, err := s.Receive(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data) != string(count)+"hello" {
		t.Fatalf("received %q, want the count %c", m.Data, count)
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
	s, err := pu.Dial(ctx, "echo", nil)
	if err != nil {
		t.Fatal(err)
	}
	askEcho(t, s, '1')
	askEcho(t, s, '2')
	first := s.Element()
	if err := nodes[first].Close(); err != nil { // Aborts its sessions.
		t.Errorf("Close: %v", err)
	}
	_, err = s.Receive(ctx)
	failover, ok := errors.AsType[*asap.FailoverError](err)
	if !ok || *failover != (asap.FailoverError{From: first, To: s.Element(), StateRestored: true}) || failover.To == first {
		t.Fatalf("Receive: %#v, %v", failover, err)
	}
	askEcho(t, s, '3')
	deadline := time.Now().Add(10 * time.Second)
	for slices.Contains(socketIDs(t, pu), first) {
		if time.Now().After(deadline) {
			t.Fatal("the element stays in the pool")
		}
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	// The second element leaves in order, and the pool is gone.
	if err := nodes[failover.To].Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if ids := socketIDs(t, pu); ids != nil {
		t.Errorf("the pool has %v", ids)
	}
}

// Close of a listener aborts its sessions, even if the users are fast enough for an end in order.
func TestSocketCloseAborts(t *testing.T) {
	t.Parallel()
	server, _ := registrartest.Start(t, registrartest.Loopback())
	at := server.LocalAddrs()[0]
	l, pu := socketListen(t, socketNode(t, at), nil), socketNode(t, at)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	const sessions = 50
	lost := make(chan asap.SessionLost, 2*sessions)
	for range sessions {
		s, err := pu.Dial(ctx, "echo", &asap.DialConfig{Notify: func(ev asap.Event) {
			if ev, ok := ev.(asap.SessionLost); ok {
				lost <- ev
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		askEcho(t, s, '1')
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	for range sessions {
		select {
		case ev := <-lost:
			if ev.Orderly {
				t.Errorf("%+v", ev)
			}
		case <-ctx.Done():
			t.Fatal("a session is not lost")
		}
	}
}

// flood sends until all buffers to the peer are full.
func flood(ctx context.Context, s *asap.Session) {
	m := asap.Message{Data: make([]byte, 10000)}
	for err := error(nil); err == nil; {
		// A Send that waits this long waits for the peer.
		sending, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
		err = s.Send(sending, m)
		cancel()
	}
}

// floodSession opens a session over sockets with a handler.
func floodSession(ctx context.Context, t *testing.T, handler asap.HandlerFunc, notify func(asap.Event)) *asap.Session {
	t.Helper()
	server, _ := registrartest.Start(t, registrartest.Loopback())
	pe, pu := socketNode(t, server.LocalAddrs()[0]), socketNode(t, server.LocalAddrs()[0])
	l, err := pe.Listen(ctx, "flood", &asap.ListenConfig{Local: transport.ListenConfig{Addrs: []netip.Addr{loopback}}})
	if err != nil {
		t.Fatal(err)
	}
	go serve(l, handler)
	s, err := pu.Dial(ctx, "flood", &asap.DialConfig{Notify: notify})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An element whose user has filled all buffers, and that is done, ends the session in order.
func TestSocketEndOfFloodedElement(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	full, lost := make(chan struct{}), make(chan asap.SessionLost, 100)
	s := floodSession(ctx, t, func(context.Context, *asap.Session) error {
		<-full
		return nil
	}, func(ev asap.Event) {
		if ev, ok := ev.(asap.SessionLost); ok {
			lost <- ev
		}
	})
	flood(ctx, s)
	close(full)
	if ev := <-lost; !ev.Orderly {
		t.Errorf("%+v", ev)
	}
}

// A user whose element has filled all buffers ends its session in order all the same.
func TestSocketShutdownOfFloodedUser(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	full, ended := make(chan struct{}), make(chan error, 1)
	s := floodSession(ctx, t, func(ctx context.Context, s *asap.Session) error {
		flood(ctx, s)
		close(full)
		_, err := s.Receive(ctx)
		ended <- err
		return err
	}, nil)
	<-full
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := <-ended; err != io.EOF {
		t.Errorf("the element's Receive: %v", err)
	}
}

// A registrar that comes back at its address gets its elements back.
func TestSocketRegistrarRestart(t *testing.T) {
	t.Parallel()
	config := registrartest.Loopback()
	config.ASAP.Port = transporttest.FreePort(t)
	first, stop := registrartest.Start(t, config)
	at := first.LocalAddrs()[0]
	events := make(chan asap.Event, 100)
	l := socketListen(t, socketNode(t, at), func(ev asap.Event) { events <- ev })
	awaitEvent[asap.Registered](t, events)
	stop()
	awaitEvent[asap.RegistrarLost](t, events)
	second, _ := registrartest.Start(t, config)
	awaitEvent[asap.Registered](t, events)
	if ids := socketIDs(t, socketNode(t, second.LocalAddrs()...)); !slices.Equal(ids, []wire.PEID{l.ID()}) {
		t.Errorf("the pool has %v, want %v", ids, l.ID())
	}
}

func awaitEvent[T asap.Event](t *testing.T, events <-chan asap.Event) {
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

// joined returns the addresses of a registrar as an entry of the field Registrars.
func joined(addrs []netip.AddrPort) string {
	words := make([]string, len(addrs))
	for i, a := range addrs {
		words[i] = a.String()
	}
	return strings.Join(words, ",")
}
