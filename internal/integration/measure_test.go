package integration

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/transporttest"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// The lines that a user writes for a registrar, a server and a client, over real sockets. Only
// the configuration differs from the zero value: the test stays on loopback.

func runRegistrar(ctx context.Context, c registrar.Config) error {
	return registrar.Run(ctx, c)
}

func runServer(ctx context.Context, c asap.Config, pool string, listen *asap.ListenConfig) error {
	node, err := asap.Open(ctx, c)
	if err != nil {
		return err
	}
	defer node.Close()
	l, err := node.Listen(ctx, pool, listen)
	if err != nil {
		return err
	}
	return l.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
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
}

func runClient(ctx context.Context, c asap.Config, pool string) (*asap.Node, *asap.Session, error) {
	node, err := asap.Open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	s, err := node.Dial(ctx, pool, nil)
	return node, s, err
}

// TestMeasure asks again and again while the servers end one after the other, and gets an
// answer to each request.
func TestMeasure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	at := transport.ListenConfig{Addrs: []netip.Addr{loopback}, Port: transporttest.FreePort(t)}
	off := transport.GroupConfig{Off: true}
	network := udpsctp.NewNetwork(udpsctp.Config{})
	ended := make(chan error, 10)
	registrarContext, stopRegistrar := context.WithCancel(ctx)
	go func() {
		ended <- runRegistrar(registrarContext, registrar.Config{
			Network: network, ASAP: &at, ENRP: &transport.ListenConfig{Addrs: at.Addrs}, Announce: off, Presence: off,
		})
	}()
	config := asap.Config{
		Network:    network,
		Local:      transport.ListenConfig{Addrs: at.Addrs},
		Registrars: []string{fmt.Sprintf("localhost:%d", at.Port)},
		Announce:   off,
	}
	var stops []context.CancelFunc
	notify, told := events()
	for range 3 {
		serverContext, stop := context.WithCancel(ctx)
		stops = append(stops, stop)
		go func() {
			ended <- runServer(serverContext, config, "EchoPool",
				&asap.ListenConfig{Local: transport.ListenConfig{Addrs: at.Addrs}, Notify: notify})
		}()
	}
	for range 3 {
		if ev, ok := (<-told).(asap.Registered); !ok {
			t.Errorf("%+v", ev)
		}
	}
	node, s, err := runClient(ctx, config, "EchoPool")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		if i%25 == 24 { // Two servers end, the session's among them or not.
			stops[i/25]()
			if err := <-ended; err != nil {
				t.Errorf("server: %v", err)
			}
		}
		want := fmt.Sprint("hello ", i)
		reply, err := s.Request(ctx, asap.Message{Data: []byte(want)})
		if err != nil || string(reply.Data) != want {
			t.Fatalf("reply %q, %v, want %q", reply.Data, err, want)
		}
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := node.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	stops[2]()
	stopRegistrar()
	for range 2 {
		if err := <-ended; err != nil {
			t.Errorf("at the end: %v", err)
		}
	}
}
