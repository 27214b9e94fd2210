package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func listenAt(port uint16) transport.ListenConfig { return transport.ListenConfig{Port: port} }

// pool is some elements, each on a host of its own.
type pool struct {
	hosts     map[wire.PEID]*memnet.Host
	listeners map[wire.PEID]*asap.Listener
}

func (b *bed) pool(n int) pool {
	b.t.Helper()
	p := pool{make(map[wire.PEID]*memnet.Host), make(map[wire.PEID]*asap.Listener)}
	for range n {
		host := b.net.Host()
		l := b.listen(b.node(host, b.pr), nil)
		p.hosts[l.ID()], p.listeners[l.ID()] = host, l
	}
	return p
}

func TestEchoSession(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		if p.hosts[s.Element()] == nil || s.Pool() != "echo" {
			t.Errorf("session with element %v of pool %v", s.Element(), s.Pool())
		}
		for count := byte('1'); count < '5'; count++ {
			b.ask(s, count)
		}
		for range 2 {
			if err := s.Shutdown(b.limit()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close after Shutdown: %v", err)
		}
		if _, err := s.Receive(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Receive after Shutdown: %v", err)
		}
		if err := s.Failover(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Failover after Shutdown: %v", err)
		}
		if err := s.Send(b.limit(), asap.Message{Data: []byte{1}}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Send after Shutdown: %v", err)
		}
	})
}

// The process of the element dies: the session goes on at another element, which has the state
// of the session with the first message, whether or not the program is in a call.
func TestElementCrash(t *testing.T) {
	for name, awaits := range map[string]bool{"in Receive": true, "in no call": false} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) { testElementCrash(t, b, awaits) })
		})
	}
}

func testElementCrash(t *testing.T, b *bed, awaits bool) {
	b.registrar(b.pr, registrar.Config{})
	p := b.pool(2)
	notify, events := events()
	s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
	first := s.Element()
	if up := told[asap.SessionUp](b, events); up != (asap.SessionUp{Element: first}) {
		t.Errorf("%+v, want element %v", up, first)
	}
	b.ask(s, '1')
	b.ask(s, '2')
	p.wantServes(t, s, first)
	time.Sleep(time.Second)
	p.hosts[first].Crash()
	begin := time.Now()
	received := make(chan *asap.FailoverError, 1)
	if awaits {
		go func() { received <- b.receiveFailover(s) }()
	}
	if lost := told[asap.SessionLost](b, events); lost != (asap.SessionLost{Element: first, State: true}) {
		t.Errorf("%+v, want element %v", lost, first)
	}
	noticed := time.Since(begin)
	if noticed > 110*time.Millisecond { // A heartbeat.
		t.Errorf("the crash was noticed after %v", noticed)
	}
	if local, remote := s.LocalAddrs(), s.RemoteAddrs(); s.Element() != first || local != nil || remote != nil {
		t.Errorf("element %v at %v, %v, want %v and no addresses", s.Element(), local, remote, first)
	}
	up := told[asap.SessionUp](b, events)
	if up.Element == first || p.hosts[up.Element] == nil || !up.Failover || !up.StateRestored {
		t.Errorf("%+v", up)
	}
	if took := time.Since(begin) - noticed; took > 50*time.Millisecond {
		t.Errorf("the failover took %v", took)
	}
	if !awaits { // The program does not know yet.
		time.Sleep(time.Second)
		if s.Element() != first {
			t.Errorf("element %v, want %v", s.Element(), first)
		}
		received <- b.receiveFailover(s)
	}
	want := asap.FailoverError{From: first, To: up.Element, StateRestored: true}
	if failover := <-received; *failover != want {
		t.Errorf("%+v, want %+v", *failover, want)
	}
	p.wantServes(t, s, up.Element)
	b.ask(s, '3')
	b.wantSilence(s)
}

// wantServes checks which element the program knows.
func (p pool) wantServes(t *testing.T, s *asap.Session, id wire.PEID) {
	t.Helper()
	want := p.listeners[id].LocalAddrs()
	if s.Element() != id || !slices.Equal(s.RemoteAddrs(), want) || len(s.LocalAddrs()) != 1 {
		t.Errorf("element %v at %v from %v, want %v at %v", s.Element(), s.RemoteAddrs(), s.LocalAddrs(), id, want)
	}
}

// A program that is in no call while several elements are lost is told of a single failover, to the
// element that serves the session at last.
func TestLateReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		first := told[asap.SessionUp](b, events).Element
		b.ask(s, '1')
		p.hosts[first].Crash()
		told[asap.SessionLost](b, events)
		second := told[asap.SessionUp](b, events).Element
		p.hosts[second].Crash()
		if lost := told[asap.SessionLost](b, events); lost.Element != second || second == first {
			t.Errorf("%+v, want the loss of %v after that of %v", lost, second, first)
		}
		// The second element served, and is gone: there is nothing to tell.
		b.wantSilence(s)
		if remote := s.RemoteAddrs(); s.Element() != first || remote != nil {
			t.Errorf("element %v at %v, want %v and no address", s.Element(), remote, first)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Send(ctx, asap.Message{Data: []byte{1}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send without an element: %v", err)
		}
		third := b.listen(b.node(p.hosts[first], b.pr), nil).ID()
		want := asap.FailoverError{From: first, To: third, StateRestored: true}
		if failover := b.receiveFailover(s); *failover != want {
			t.Errorf("%+v, want %+v", *failover, want)
		}
		b.ask(s, '2')
	})
}

// The element's host is gone without a word.
func TestSilentHostDeath(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: elements})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		s := b.dial(pu, nil)
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Down()
		if failover := b.receiveFailover(s); failover.From != first || failover.To == first || !failover.StateRestored {
			t.Errorf("%+v", *failover)
		}
		b.ask(s, '2')
		if ids := b.ids(pu); len(ids) != 1 || slices.Contains(ids, first) {
			t.Errorf("the pool has %v, without %v", ids, first)
		}
	})
}

// Element after element dies, and the last element comes back after a while.
func TestElementsDieInTurn(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(4)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		count := byte('1')
		for range 3 {
			b.ask(s, count)
			count++
			p.hosts[s.Element()].Crash()
			b.receiveFailover(s)
		}
		b.ask(s, count)
		last := s.Element()
		p.hosts[last].Crash()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if m, err := s.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("received %q, %v without an element", m.Data, err)
		}
		b.listen(b.node(p.hosts[last], b.pr), nil)
		if failover := b.receiveFailover(s); !failover.StateRestored {
			t.Errorf("%+v", *failover)
		}
		b.ask(s, count+1)
	})
}

// An element that leaves is out of its pool before its sessions end, so no user is sent back to
// it. The messages that it has sent arrive.
func TestGracefulShutdown(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		notify, events := events()
		s := b.dial(pu, &asap.DialConfig{Notify: notify})
		first := told[asap.SessionUp](b, events).Element
		b.ask(s, '1')
		b.send(s, "last words")
		synctest.Wait()
		time.Sleep(10 * time.Millisecond) // The answer is on its way, and nobody is in Receive.
		closed := make(chan error, 1)
		go func() { closed <- p.listeners[first].Shutdown(context.Background()) }()
		if lost := told[asap.SessionLost](b, events); lost.Element != first || !lost.Orderly {
			t.Errorf("%+v", lost)
		}
		if ids := b.ids(pu); slices.Contains(ids, first) {
			t.Errorf("the pool has %v, and %v has left", ids, first)
		}
		if m := b.receive(s); string(m.Data) != "2last words" {
			t.Errorf("received %q", m.Data)
		}
		if failover := b.receiveFailover(s); failover.From != first || failover.To == first || !failover.Orderly {
			t.Errorf("%+v", *failover)
		}
		b.ask(s, '3')
		if err := <-closed; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
	})
}

// A registrar that is gone does not keep an element from ending its sessions in order.
func TestGracefulShutdownWithoutRegistrar(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		notify, events := events()
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Notify: notify})
		told[asap.SessionUp](b, events)
		b.ask(s, '1')
		b.pr.Down()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin := time.Now()
		if err := p.listeners[s.Element()].Shutdown(ctx); !errors.Is(err, asap.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(begin); took > 1100*time.Millisecond {
			t.Errorf("Shutdown took %v", took)
		}
		if lost := told[asap.SessionLost](b, events); !lost.Orderly {
			t.Errorf("%+v", lost)
		}
	})
}

// A user leaves an element that is up: no message of that element comes behind the news,
// however many were on their way.
func TestFailoverFromAnElementThatIsUp(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		for range 30 {
			b.send(s, "x")
		}
		synctest.Wait()
		first := s.Element()
		go func() {
			if err := s.Failover(b.limit()); err != nil {
				t.Error(err)
			}
		}()
		before := 0
		for m, err := range s.Messages(b.limit()) {
			if err == nil {
				before++
				continue
			}
			failover := b.wantFailover(fmt.Sprintf("Receive of %q", m.Data), err)
			if failover.From != first || failover.To == first || p.hosts[failover.To] == nil {
				t.Errorf("%+v", *failover)
			}
			break
		}
		if before > 30 {
			t.Errorf("%d answers to 30 messages", before)
		}
		b.wantSilence(s)
	})
}

// A user that does not receive fails over all the same, and is in no other session's way.
func TestUserThatDoesNotReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		notify, events := events()
		s, other := b.dial(pu, &asap.DialConfig{Notify: notify}), b.dial(pu, nil)
		first := told[asap.SessionUp](b, events).Element
		// The answers fill all buffers, until the element takes nothing more.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sent := 0
		for s.Send(ctx, asap.Message{Data: []byte("x")}) == nil {
			sent++
		}
		// The network keeps 64 messages in each direction, and the user 64 answers.
		if sent > 256 {
			t.Errorf("%d messages were taken", sent)
		}
		b.ask(other, '1')
		begin := time.Now()
		p.hosts[first].Crash()
		if lost := told[asap.SessionLost](b, events); lost.Element != first {
			t.Errorf("%+v, want %v", lost, first)
		}
		second := told[asap.SessionUp](b, events).Element
		if took := time.Since(begin); second == first || took > 200*time.Millisecond {
			t.Errorf("moved from %v to %v after %v", first, second, took)
		}
		b.ids(pu)
		answers := 0
		for {
			m, err := s.Receive(b.limit())
			if err != nil {
				if failover := b.wantFailover("Receive", err); failover.From != first || failover.To != second {
					t.Errorf("%+v", *failover)
				}
				break
			}
			if answers++; m.Data[0] != byte('0'+answers) {
				t.Fatalf("answer %d begins with %q", answers, m.Data[0])
			}
		}
		if answers == 0 || answers > sent {
			t.Errorf("%d answers to %d messages", answers, sent)
		}
		b.send(s, "y")
		if m := b.receive(s); string(m.Data[1:]) != "y" {
			t.Errorf("received %q", m.Data)
		}
	})
}

// A user that does not receive can end its session at once.
func TestShutdownOfUserThatDoesNotReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for s.Send(ctx, asap.Message{Data: []byte("x")}) == nil {
			continue
		}
		p.hosts[s.Element()].Crash()
		time.Sleep(time.Second)
		begin := time.Now()
		_ = s.Shutdown(b.limit())
		if took := time.Since(begin); took > time.Second {
			t.Errorf("Shutdown took %v", took)
		}
	})
}

// The endpoint of a session does not accept associations.
func TestSessionServesNobody(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		for _, listener := range p.listeners {
			// The session is being served already.
			if _, err := listener.Accept(ended()); err == nil {
				t.Fatal("two sessions")
			}
		}
		e := b.bind(b.net.Host())
		if a, err := e.Dial(b.limit(), s.LocalAddrs()); err == nil {
			<-a.Done()
			t.Errorf("the endpoint of the session has accepted an association: %v", a.Err())
		} else if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Reason != "not a server" {
			t.Errorf("Dial: %v", err)
		}
		b.ask(s, '1')
	})
}

// The end of a node ends its sessions and listeners.
func TestNodeEndsAll(t *testing.T) {
	for name, end := range map[string]func(context.Context, *asap.Node) error{
		"Shutdown": func(ctx context.Context, n *asap.Node) error { return n.Shutdown(ctx) },
		"Close":    func(_ context.Context, n *asap.Node) error { return n.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, b *bed) {
				b.registrar(b.pr, registrar.Config{})
				n := b.node(b.net.Host(), b.pr)
				l := b.listen(n, nil)
				s := b.dial(n, nil)
				b.ask(s, '1')
				if err := end(b.limit(), n); err != nil {
					t.Errorf("error %v", err)
				}
				if _, err := s.Receive(b.limit()); !errors.Is(err, asap.ErrClosed) {
					t.Errorf("Receive: %v", err)
				}
				if err := s.Send(b.limit(), asap.Message{Data: []byte("x")}); !errors.Is(err, asap.ErrClosed) {
					t.Errorf("Send: %v", err)
				}
				if _, err := l.Accept(b.limit()); !errors.Is(err, asap.ErrClosed) {
					t.Errorf("Accept: %v", err)
				}
				if ids := b.ids(b.node(b.net.Host(), b.pr)); ids != nil {
					t.Errorf("the pool has %v", ids)
				}
			})
		})
	}
}

// Garbage on the control channel does not reach the program of a user, and does not replace the
// state of the session.
func TestControlChannelOfUser(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		raw := b.registerRaw(b.net.Host(), 0x77)
		s := b.dial(b.node(b.net.Host(), b.pr), nil)
		a := raw.accept()
		writeControl(b, a, &asapmsg.Cookie{Cookie: []byte{'4'}})
		for _, garbage := range [][]byte{
			{0x0b, 0, 0, 9, 1}, // a cookie that is cut off
			{0x0b, 0, 0, 16, 0, 0x0d, 0, 5, 1, 0, 0, 0, 0x07, 0x77, 0, 4}, // with a parameter that stops it
			{0x0b, 0, 0, 16, 0, 0x0d, 0, 5, 1, 0, 0, 0, 0x47, 0x77, 0, 4}, // and has to be reported
			{0x77, 0, 0, 4}, // an unknown type
			{0x0e, 0, 0, 4}, // an error
			{0x06, 0, 0, 4}, // a response
		} {
			write(b, a, wire.PPIDASAP, garbage)
		}
		if m := readControl(b, a); m.Type() != asapmsg.TypeError {
			t.Errorf("%+v instead of an error message", m)
		}
		if err := a.Send(b.limit(), transport.Message{PPID: 5, Stream: 1, Data: []byte("data")}); err != nil {
			t.Fatal(err)
		}
		if m := b.receive(s); m.PPID != 5 || m.Stream != 1 || string(m.Data) != "data" {
			t.Errorf("%+v", m)
		}
		second := b.listen(b.node(b.net.Host(), b.pr), nil).ID()
		time.Sleep(10 * time.Second)
		a.Abort("test")
		want := asap.FailoverError{From: 0x77, To: second, StateRestored: true}
		if failover := b.receiveFailover(s); *failover != want {
			t.Errorf("%+v, want %+v", *failover, want)
		}
		b.ask(s, '5')
	})
}
