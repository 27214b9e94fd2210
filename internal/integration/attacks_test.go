package integration

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

var _ = fmt.Sprint

// TestFailoverAfterAutomaticFailover asserts that Failover leaves the element that the program knows, not its successor.
func TestFailoverAfterAutomaticFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		b.ask(s, '1')
		first := told[asap.SessionUp](b, events).Element
		p.hosts[first].Crash()
		told[asap.SessionLost](b, events)
		second := told[asap.SessionUp](b, events).Element
		// The program, which knows the first element only, has had enough of it.
		if e := s.Element(); e != first {
			t.Fatalf("the program knows %v", e)
		}
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		select {
		case ev := <-events:
			t.Errorf("%+v: Failover has left the successor %v, not %v", ev, second, first)
		default:
		}
		b.receiveFailover(s)
		b.ask(s, '2')
	})
}

// TestReportBurst asserts that a burst of reports does not cost the home registrar.
func TestReportBurst(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		n := b.node(b.net.Host(), b.pr)
		notify, events := events()
		if _, err := n.Listen(b.limit(), "echo", &asap.ListenConfig{Notify: notify}); err != nil {
			t.Fatal(err)
		}
		told[asap.Registered](b, events)
		for range 6000 {
			if err := n.ReportUnreachable("echo", 77); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		select {
		case ev := <-events:
			t.Errorf("%#v", ev)
		default:
		}
	})
}

// TestInboundFlood asserts that strangers keep few associations with a node.
func TestInboundFlood(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		n := b.node(b.net.Host(), b.pr)
		if _, err := n.Listen(b.limit(), "echo", nil); err != nil {
			t.Fatal(err)
		}
		attacker := b.net.Host()
		up := 0
		var as []transport.Association
		for range 200 {
			as = append(as, b.connect(b.bind(attacker), n.LocalAddrs()))
		}
		// Each asks for acknowledgements, and reads none.
		data, err := (&asapmsg.EndpointKeepAlive{PoolHandle: "echo", ServerID: 7}).AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range as {
			for range 200 {
				if a.Send(b.limit(), transport.Message{PPID: wire.PPIDASAP, Data: data}) != nil {
					break
				}
			}
		}
		time.Sleep(10 * time.Second)
		for _, a := range as {
			if a.Err() == nil {
				up++
			}
		}
		if up > 100 {
			t.Errorf("%d associations of strangers are up, which do not read", up)
		}
	})
}

// TestServeEndKeepsGracefulEnd asserts that the end of the context of Serve does not abort a
// session that is being shut down.
func TestServeEndKeepsGracefulEnd(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			served <- l.Serve(ctx, asap.HandlerFunc(func(ctx context.Context, s *asap.Session) error {
				if _, err := s.Receive(ctx); err != nil {
					return err
				}
				if err := s.Send(ctx, asap.Message{Data: []byte("bye")}); err != nil {
					return err
				}
				time.AfterFunc(time.Millisecond/2, stop)
				return nil
			}))
		}()
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		told[asap.SessionUp](b, events)
		b.send(s, "hello")
		if err := <-served; err != nil {
			t.Error(err)
		}
		if lost := told[asap.SessionLost](b, events); !lost.Orderly {
			t.Errorf("the session whose handler has returned nil has ended by an abort: %+v", lost)
		}
	})
}

// TestClosedError asserts that calls after the end by this side return ErrClosed.
func TestClosedError(t *testing.T) {
	for _, c := range []string{"session", "listener"} {
		t.Run(c, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				b.registrar(b.pr, registrar.Config{})
				l := b.listenOnly(nil)
				pu := b.dial(b.node(b.net.Host(), b.pr), nil)
				b.send(pu, "hello")
				s := b.accept(l)
				b.receive(s)
				if c == "session" {
					if err := s.Shutdown(b.limit()); err != nil {
						t.Fatal(err)
					}
				} else if err := l.Shutdown(b.limit()); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Receive(b.limit()); c == "session" && err != asap.ErrClosed {
					t.Errorf("Receive: %v", err)
				}
				if err := s.Send(b.limit(), asap.Message{Data: []byte("x")}); err != asap.ErrClosed {
					t.Errorf("Send: %v", err)
				}
			})
		})
	}
}

// TestLongRetryInterval asserts that a pause may last for ever.
func TestLongRetryInterval(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		n := b.node(b.net.Host(), b.pr)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.Dial(ctx, "nothing", &asap.DialConfig{RetryInterval: math.MaxInt64, RetryIntervalMax: math.MaxInt64})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
