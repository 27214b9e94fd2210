package integration

import (
	"context"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
)

// TestSocketShutdownOfAFloodedElement asserts that a user that sends without end does not keep its element from an end in order.
func TestSocketShutdownOfAFloodedElement(t *testing.T) {
	for _, how := range []string{"serve", "backlog", "session"} {
		t.Run(how, func(t *testing.T) {
			server, _ := registrartest.Start(t, registrartest.Loopback())
			n := socketNode(t, server.LocalAddrs()[0])
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			l, err := n.Listen(ctx, "echo", &asap.ListenConfig{Local: transport.ListenConfig{Addrs: []netip.Addr{loopback}}})
			if err != nil {
				t.Fatal(err)
			}
			notify, told := events()
			s, err := socketNode(t, server.LocalAddrs()[0]).Dial(ctx, "echo", &asap.DialConfig{Notify: notify})
			if err != nil {
				t.Fatal(err)
			}
			<-told
			var e *asap.Session
			serving, endServing := context.WithCancel(ctx)
			served := make(chan struct{})
			switch how {
			case "session":
				if e, err = l.Accept(ctx); err != nil {
					t.Fatal(err)
				}
			case "serve":
				go func() {
					defer close(served)
					_ = l.Serve(serving, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
						<-ctx.Done()
						return nil
					}))
				}()
			}
			defer endServing()
			flood, stop := context.WithCancel(ctx)
			defer stop()
			go func() {
				for s.Send(flood, asap.Message{Data: make([]byte, 8000)}) == nil {
				}
			}()
			time.Sleep(time.Second)
			begin := time.Now()
			if how == "serve" {
				endServing()
				<-served
			}
			if how != "session" {
				short, cancel := context.WithTimeout(ctx, 4*time.Second)
				defer cancel()
				err = l.Shutdown(short)
			} else {
				short, cancel := context.WithTimeout(ctx, 4*time.Second)
				defer cancel()
				err = e.Shutdown(short)
			}
			if err != nil {
				t.Errorf("Shutdown: %v after %v", err, time.Since(begin))
			}
			if lost, ok := (<-told).(asap.SessionLost); !ok || !lost.Orderly {
				t.Errorf("%+v", lost)
			}
		})
	}
}

// TestRefusedUsers asserts that users beyond MaxSessions that vanish cost few goroutines.
func TestRefusedUsers(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.serve(&asap.ListenConfig{MaxSessions: 1}, echo)
		first := b.dial(b.node(b.net.Host(), b.pr), nil)
		b.ask(first, '1')
		before := runtime.NumGoroutine()
		attacker := b.net.Host()
		for range 500 {
			go func(e transport.Endpoint) { _, _ = e.Dial(b.limit(), l.LocalAddrs()) }(b.bind(attacker))
		}
		time.Sleep(3500 * time.Microsecond) // INIT, INIT ACK, COOKIE ECHO, and some
		attacker.Down()
		time.Sleep(50 * time.Millisecond)
		if extra := runtime.NumGoroutine() - before; extra > 100 {
			t.Errorf("%d goroutines for refused users", extra)
		}
	})
}
