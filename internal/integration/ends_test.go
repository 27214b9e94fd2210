package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// Shutdown of a user delivers the messages that were sent.
func TestShutdownOfUserDelivers(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		pu := b.node(b.net.Host(), b.pr)
		for range 20 {
			user := b.dial(pu, nil)
			s := b.accept(l)
			const messages = 50
			for i := range messages {
				b.send(user, fmt.Sprint(i))
			}
			if err := user.Shutdown(b.limit()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			for i := range messages {
				if m, err := s.Receive(b.limit()); err != nil || string(m.Data) != fmt.Sprint(i) {
					t.Fatalf("message %d is %q, %v", i, m.Data, err)
				}
			}
			if _, err := s.Receive(b.limit()); err != io.EOF {
				t.Errorf("Receive at the end: %v", err)
			}
		}
	})
}

// Close of a user aborts its association.
func TestCloseOfUserAborts(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		raw := b.registerRaw(b.net.Host(), 0x77)
		user := b.dial(b.node(b.net.Host(), b.pr), nil)
		a := raw.accept()
		b.send(user, "x")
		if err := user.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		wantAborted(b, a)
	})
}

// Close of an element's session, and of its listener, is no end in order: the user fails over.
func TestCloseOfElementAborts(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		notify, events := events()
		b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		told[asap.SessionUp](b, events)
		s := b.accept(l)
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if lost := told[asap.SessionLost](b, events); lost.Orderly {
			t.Errorf("%+v", lost)
		}
		if _, err := s.Receive(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Receive after Close: %v", err)
		}
		if err := s.Send(b.limit(), asap.Message{Data: []byte("x")}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
		// The session goes on at the only element.
		told[asap.SessionUp](b, events)
		if err := l.Close(); err != nil {
			t.Errorf("Close of the listener: %v", err)
		}
		if lost := told[asap.SessionLost](b, events); lost.Orderly {
			t.Errorf("%+v", lost)
		}
	})
}

// Close cuts a Shutdown off that waits for a silent peer.
func TestCloseCutsShutdownOff(t *testing.T) {
	type ender interface {
		Shutdown(context.Context) error
		Close() error
	}
	for name, choose := range map[string]func(n *asap.Node, l *asap.Listener, user, element *asap.Session) ender{
		"Node":              func(n *asap.Node, _ *asap.Listener, _, _ *asap.Session) ender { return n },
		"Listener":          func(_ *asap.Node, l *asap.Listener, _, _ *asap.Session) ender { return l },
		"user's session":    func(_ *asap.Node, _ *asap.Listener, user, _ *asap.Session) ender { return user },
		"element's session": func(_ *asap.Node, _ *asap.Listener, _, element *asap.Session) ender { return element },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := memnet.New(memnet.Config{Timeout: time.Hour})
				b := &bed{t: t, net: n, pr: n.Host()}
				b.registrar(b.pr, registrar.Config{})
				pe, pu := n.Host(), n.Host()
				node, far := b.node(pu, b.pr), b.node(pe, b.pr)
				l, err := far.Listen(b.limit(), "echo", nil)
				if err != nil {
					t.Fatal(err)
				}
				user := b.dial(node, nil)
				element := b.accept(l)
				n.Partition([]*memnet.Host{pe}, []*memnet.Host{pu, b.pr})
				end := choose(far, l, user, element)
				shut := make(chan error, 1)
				begin := time.Now()
				go func() { shut <- end.Shutdown(context.Background()) }()
				time.Sleep(time.Minute)
				select {
				case err := <-shut:
					t.Fatalf("Shutdown has not waited: %v", err)
				default:
				}
				if err := end.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				if err := <-shut; err == nil {
					t.Error("Shutdown returns no error")
				}
				if took := time.Since(begin); took > time.Minute {
					t.Errorf("closed after %v", took-time.Minute)
				}
				n.Heal()
			})
		})
	}
}

// Calls that are under way return soon when their node ends, at any point of their work.
func TestNodeEndsDuringCalls(t *testing.T) {
	for name, end := range map[string]func(*asap.Node) error{
		"Close":    (*asap.Node).Close,
		"Shutdown": func(n *asap.Node) error { return n.Shutdown(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				b.registrar(b.pr, registrar.Config{})
				b.pool(2)
				for delay := time.Duration(0); delay < 20*time.Millisecond; delay += 500 * time.Microsecond {
					n := b.node(b.net.Host(), b.pr)
					calls := waitingCalls(n)
					calls["session"] = func(ctx context.Context) error { return useSession(ctx, n) }
					done := make(chan error, len(calls))
					for _, call := range calls {
						go func() { done <- call(b.limit()) }()
					}
					time.Sleep(delay)
					begin := time.Now()
					if err := end(n); err != nil {
						t.Errorf("after %v: %v", delay, err)
					}
					for range calls {
						if err := <-done; err != nil && !errors.Is(err, asap.ErrClosed) {
							t.Errorf("after %v: %v", delay, err)
						}
					}
					if took := time.Since(begin); took > 50*time.Millisecond {
						t.Errorf("after %v: the end took %v", delay, took)
					}
				}
			})
		})
	}
}

// useSession uses and moves a session until it fails.
func useSession(ctx context.Context, n *asap.Node) error {
	s, err := n.Dial(ctx, "echo", nil)
	for err == nil {
		if _, err = s.Request(ctx, asap.Message{Data: []byte("x")}); err == nil {
			err = s.Failover(ctx)
		}
	}
	return err
}

// A Dial that waits ends with the beginning of its node's end.
func TestDialDuringShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		b.registrar(b.pr, registrar.Config{})
		node := b.node(b.net.Host(), b.pr)
		b.ids(node)
		b.pr.Down()
		done := make(chan error, 3)
		for _, call := range waitingCalls(node) {
			go func() { done <- call(b.limit()) }()
		}
		time.Sleep(time.Second)
		begin := time.Now()
		shut := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			shut <- node.Shutdown(ctx)
		}()
		for range 3 {
			if err := <-done; !errors.Is(err, asap.ErrClosed) {
				t.Errorf("error %v", err)
			}
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the calls ended after %v", took)
		}
		if err := <-shut; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// Calls on a closed node say so, each time.
func TestClosedNode(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		n := b.node(b.net.Host(), b.pr)
		s := b.patientSession(n)
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		for range 20 {
			if err := n.ReportUnreachable("echo", 1); !errors.Is(err, asap.ErrClosed) {
				t.Errorf("ReportUnreachable: %v", err)
			}
			if _, err := n.Home(t.Context()); !errors.Is(err, asap.ErrClosed) {
				t.Errorf("Home: %v", err)
			}
			if err := s.Failover(t.Context()); !errors.Is(err, asap.ErrClosed) {
				t.Errorf("Failover: %v", err)
			}
		}
	})
}

// patientSession returns a session that has no element yet.
func (b *bed) patientSession(n *asap.Node) *asap.Session {
	b.t.Helper()
	return b.dial(n, &asap.DialConfig{Patient: true})
}
