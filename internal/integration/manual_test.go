package integration

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
)

// A session whose failover is manual waits for the program when it has lost its element.
func TestManualFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Crash()
		if lost := b.receiveFailover(s); *lost != (asap.FailoverError{From: first}) {
			t.Errorf("%+v", *lost)
		}
		if err := s.Send(b.limit(), asap.Message{Data: []byte("x")}); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("Send without an element: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if m, err := s.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) || s.Element() != first {
			t.Errorf("received %q, %v at %v: the session went on by itself", m.Data, err, s.Element())
		}
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		failover := b.receiveFailover(s)
		if *failover != (asap.FailoverError{From: first, To: s.Element(), StateRestored: true}) || failover.To == first {
			t.Errorf("%+v", *failover)
		}
		b.ask(s, '2')
	})
}

// MoveOn leaves an element that works for another, which gets the state.
func TestMoveOn(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		b.ask(s, '1')
		first := s.Element()
		if err := s.MoveOn(b.limit()); err != nil {
			t.Fatal(err)
		}
		failover := b.receiveFailover(s)
		if *failover != (asap.FailoverError{From: first, To: s.Element(), StateRestored: true}) || failover.To == first {
			t.Errorf("%+v", *failover)
		}
		b.ask(s, '2')
	})
}

// Failover returns when the next element serves the session, so that a Request can follow at once.
func TestRequestAfterManualFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		b.ask(s, '1')
		p.hosts[s.Element()].Crash()
		question := asap.Message{Data: []byte("hello")}
		_, err := s.Request(b.limit(), question)
		b.wantFailover("Request", err)
		if m, err := s.Request(b.limit(), question); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("answer %q, %v without an element", m.Data, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Failover(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Failover without another element: %v", err)
		}
		time.AfterFunc(time.Second, func() { b.serve(nil, echo) })
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		if m, err := s.Request(b.limit(), question); err != nil || string(m.Data) != "2hello" {
			t.Errorf("answer %q, %v", m.Data, err)
		}
		closed := make(chan error, 1)
		b.pr.Down()
		go func() { closed <- s.Failover(b.limit()) }()
		time.Sleep(time.Second)
		_ = s.Close()
		if err := <-closed; err != asap.ErrClosed {
			t.Errorf("Failover of a session that is closed: %v", err)
		}
	})
}

// A program that fails over by hand is told if the next element is lost as well before the
// program knows it: it has to decide again.
func TestManualFailoverToAnElementThatDies(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true, Notify: notify})
		b.ask(s, '1')
		first := told[asap.SessionUp](b, events).Element
		p.hosts[first].Crash()
		b.receiveFailover(s)
		told[asap.SessionLost](b, events)
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		second := told[asap.SessionUp](b, events).Element
		p.hosts[second].Crash()
		told[asap.SessionLost](b, events)
		if lost := b.receiveFailover(s); *lost != (asap.FailoverError{From: second}) {
			t.Errorf("%+v, want the loss of %v", *lost, second)
		}
		third := b.listen(b.node(p.hosts[first], b.pr), nil).ID()
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		want := asap.FailoverError{From: second, To: third, StateRestored: true}
		if failover := b.receiveFailover(s); *failover != want {
			t.Errorf("%+v, want %+v", *failover, want)
		}
		b.ask(s, '2')
	})
}

// A program that leaves an element by hand has decided already: it is told of the next element only.
func TestManualFailoverFromAnElementThatIsUp(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		for count := byte('1'); count < '5'; count++ {
			b.ask(s, count)
			first := s.Element()
			time.Sleep(time.Second)
			if err := s.Failover(b.limit()); err != nil {
				t.Fatal(err)
			}
			failover := b.receiveFailover(s)
			if *failover != (asap.FailoverError{From: first, To: s.Element(), StateRestored: true}) || failover.To == first {
				t.Errorf("%+v", *failover)
			}
		}
	})
}

// A program that fails over by hand before it is told of a loss is told of the next element only.
func TestManualFailoverBeforeTheNews(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		b.ask(s, '1')
		first := s.Element()
		time.Sleep(time.Second)
		p.hosts[first].Crash()
		time.Sleep(time.Second)
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		failover := b.receiveFailover(s)
		if *failover != (asap.FailoverError{From: first, To: s.Element(), StateRestored: true}) || failover.To == first {
			t.Errorf("%+v", *failover)
		}
		b.wantSilence(s)
		b.ask(s, '2')
	})
}
