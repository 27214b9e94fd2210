package integration

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// Without a registrar, calls wait until their contexts end, and leave nothing behind.
func TestNoRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		n := b.node(b.net.Host(), b.pr)
		for name, call := range map[string]func(ctx context.Context) error{
			"Resolve": func(ctx context.Context) error {
				_, err := n.Resolve(ctx, "echo", 1)
				return err
			},
			"Dial": func(ctx context.Context) error {
				_, err := n.Dial(ctx, "echo", asap.DialConfig{})
				return err
			},
			"Listen": func(ctx context.Context) error {
				_, err := n.Listen(ctx, "echo", asap.ListenConfig{})
				return err
			},
		} {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			err := call(ctx)
			cancel()
			if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != 3*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
			if err := call(endedContext()); !errors.Is(err, context.Canceled) {
				t.Errorf("%s with an ended context: %v", name, err)
			}
		}
		// An element that is patient does not wait.
		notify, events := collectEvents()
		l := b.listen(n, asap.ListenConfig{Patient: true, Notify: notify})
		b.registrar(b.pr, registrar.Config{})
		if ev := nextEvent[asap.Registered](b, events); ev.ID != l.ID() {
			t.Errorf("%+v, want %v", ev, l.ID())
		}
		if err := n.Close(b.limit()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := n.Close(b.limit()); err != nil {
			t.Errorf("Close again: %v", err)
		}
		if _, err := n.Resolve(b.limit(), "echo", 1); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Resolve after Close: %v", err)
		}
		if _, err := n.Dial(b.limit(), "echo", asap.DialConfig{}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Dial after Close: %v", err)
		}
		if _, err := n.Listen(b.limit(), "echo", asap.ListenConfig{}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Listen after Close: %v", err)
		}
	})
}

func TestCloseWithDeadRegistrar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Timeout: time.Hour})
		b := &bed{t: t, net: n, pr: n.Host()}
		b.registrar(b.pr, registrar.Config{})
		node := b.node(b.net.Host(), b.pr)
		for range 3 {
			b.listen(node, asap.ListenConfig{})
		}
		b.pr.Down()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		err := node.Close(ctx)
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
			t.Errorf("Close: %v after %v", err, took)
		}
	})
}

// A listener that is closed without a registrar does not keep the node hunting.
func TestListenerCloseWithoutRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		_, stop := b.registrar(b.pr, registrar.Config{})
		node := b.node(b.net.Host(), b.pr)
		l := b.listen(node, asap.ListenConfig{})
		stop()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		// The registrar is back, and nobody comes.
		e, err := b.pr.Listen(t.Context(), listenAt(wire.PortASAP))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		idle, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		if _, err := e.Accept(idle); err == nil {
			t.Error("the node opens an association though it has nothing to say")
		}
	})
}

// An element ends its sessions in order, even if its registrar is gone.
func TestGracefulCloseWithoutRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		b.ask(s, '1')
		b.pr.Down()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		if err := p.listeners[s.Element()].Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(begin); took > 1100*time.Millisecond {
			t.Errorf("Close took %v", took)
		}
		if n := receive[asap.FailoverNecessary](b, s); !n.Orderly {
			t.Errorf("%+v", n)
		}
	})
}
