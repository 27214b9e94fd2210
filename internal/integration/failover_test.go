package integration

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
)

// Send tells of a failover instead of sending, once. Messages of the former element that the
// program has not received are dropped.
func TestSendTellsFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		first := told[asap.SessionUp](b, events).Element
		for range 3 {
			b.send(s, "unread")
		}
		time.Sleep(time.Second)
		p.hosts[first].Crash()
		told[asap.SessionLost](b, events)
		second := told[asap.SessionUp](b, events).Element
		err := s.Send(b.limit(), asap.Message{Data: []byte("not sent")})
		want := asap.FailoverError{From: first, To: second, StateRestored: true}
		if failover := b.wantFailover("Send", err); *failover != want {
			t.Errorf("%+v, want %+v", *failover, want)
		}
		b.ask(s, '4')
		b.wantSilence(s)
	})
}

// Receive returns the messages of the former element before it tells of a failover, once.
func TestReceiveTellsFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		for range 3 {
			b.send(s, "x")
		}
		time.Sleep(time.Second)
		p.hosts[s.Element()].Crash()
		time.Sleep(time.Second)
		for _, want := range []string{"1x", "2x", "3x"} {
			if m := b.receive(s); string(m.Data) != want {
				t.Errorf("received %q, want %q", m.Data, want)
			}
		}
		b.receiveFailover(s)
		b.wantSilence(s)
		b.ask(s, '4')
	})
}

// An element that ends its sessions in order may have sent more than the user keeps for a program
// that is slow. All messages arrive.
func TestMessagesBeforeOrderlyEnd(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		const messages = 120 // The user keeps 64, and the network as many.
		sent := make(chan error, 1)
		b.serve(nil, func(ctx context.Context, s *asap.Session) error {
			for i := range messages {
				if err := s.Send(ctx, asap.Message{Data: fmt.Appendf(nil, "%d", i)}); err != nil {
					sent <- err
					return err
				}
			}
			sent <- nil
			return nil
		})
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		told[asap.SessionUp](b, events)
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if lost := told[asap.SessionLost](b, events); !lost.Orderly {
			t.Errorf("%+v", lost)
		}
		for i := range messages {
			if m := b.receive(s); string(m.Data) != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, m.Data)
			}
		}
	})
}

// Request sends again when an element is lost before its answer.
func TestRequest(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		raw := b.registerRaw(b.net.Host(), 0x77)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		a := raw.accept()
		second := b.listen(b.node(b.net.Host(), b.pr), nil).ID()
		go func() {
			if m, err := a.Receive(b.limit()); err != nil || string(m.Data) != "question" {
				t.Errorf("received %q, %v", m.Data, err)
			}
			a.Abort("test")
		}()
		question := asap.Message{PPID: 5, Data: []byte("question")}
		m, err := s.Request(b.limit(), question)
		if err != nil || string(m.Data) != "1question" || m.PPID != 5 || s.Element() != second {
			t.Errorf("answer %q, %v of %v", m.Data, err, s.Element())
		}
		b.wantSilence(s)
		// A failover that the program does not know yet is no error either.
		raw.home.Abort("test")
		third := b.listen(b.node(b.net.Host(), b.pr), nil).ID()
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		m, err = s.Request(b.limit(), question)
		if err != nil || string(m.Data) != "2question" || s.Element() != third {
			t.Errorf("answer %q, %v of %v, want one of %v", m.Data, err, s.Element(), third)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		raw.b.pr.Down()
		if err := s.Failover(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Failover without an element: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if m, err := s.Request(ctx, question); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answer %q, %v without an element", m.Data, err)
		}
	})
}

// A request is sent again even if another goroutine has been told of the failover.
func TestRequestBesideSend(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		raw := b.registerRaw(b.net.Host(), 0x77)
		pu := b.node(b.net.Host(), b.pr)
		var calls sync.WaitGroup
		var sessions []*asap.Session
		for range 20 {
			s := b.dial(pu, nil)
			sessions = append(sessions, s)
			calls.Go(func() {
				m, err := s.Request(b.limit(), asap.Message{Data: []byte("question")})
				if err != nil || string(m.Data) != "question" {
					t.Errorf("answer %q, %v", m.Data, err)
				}
			})
		}
		synctest.Wait()
		if err := raw.endpoint.Close(); err != nil { // The element leaves the pool as well.
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		told := make(chan bool, len(sessions))
		for _, s := range sessions { // Both calls wait for another element.
			calls.Go(func() {
				told <- s.Send(b.limit(), asap.Message{Data: []byte("beside")}) != nil
			})
		}
		synctest.Wait()
		b.serve(nil, func(ctx context.Context, s *asap.Session) error {
			for m, err := range s.Messages(ctx) {
				if err == nil && string(m.Data) == "question" {
					err = s.Send(ctx, m)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		calls.Wait()
		senders := 0
		for range sessions {
			if <-told {
				senders++
			}
		}
		if senders == 0 {
			t.Error("no Send was told of the failover")
		}
	})
}

// Messages yields failovers among the messages of a user, and ends with the session.
func TestMessagesOfUser(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		first := s.Element()
		b.send(s, "x")
		var got []string
		for m, err := range s.Messages(b.limit()) {
			failover, moved := errors.AsType[*asap.FailoverError](err)
			switch {
			case err == nil:
				got = append(got, string(m.Data))
			case moved && failover.From == first:
				got = append(got, "moved")
			case errors.Is(err, asap.ErrClosed):
				got = append(got, "closed")
			default:
				t.Fatal(err)
			}
			switch len(got) {
			case 1:
				p.hosts[first].Crash()
			case 2:
				b.send(s, "y")
			case 3:
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		if want := "[1x moved 2y closed]"; fmt.Sprint(got) != want {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// Messages ends with the session on the side of an element. Of an end in order there is nothing to
// tell.
func TestMessagesOfElement(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		pu := b.node(b.net.Host(), b.pr)
		for name, c := range map[string]struct {
			end   func(*asap.Session) error
			cause transport.Cause
		}{
			"Shutdown": {func(s *asap.Session) error { return s.Shutdown(b.limit()) }, 0},
			"Close":    {(*asap.Session).Close, transport.CauseAbortPeer},
		} {
			user := b.dial(pu, nil)
			s := b.accept(l)
			b.send(user, "x")
			b.send(user, "y")
			time.Sleep(time.Second)
			if err := c.end(user); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			got := ""
			var cause transport.Cause
			for m, err := range s.Messages(b.limit()) {
				got += string(m.Data)
				if down, ok := errors.AsType[*transport.DownError](err); ok {
					cause = down.Cause
				} else if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if got != "xy" || cause != c.cause {
				t.Errorf("%s: messages %q, cause %v, want %v", name, got, cause, c.cause)
			}
		}
	})
}
