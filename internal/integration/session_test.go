package integration

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
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
		l := b.listen(b.node(host, b.pr), asap.ListenConfig{})
		p.hosts[l.ID()], p.listeners[l.ID()] = host, l
	}
	return p
}

func TestEchoSession(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(1)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		if p.hosts[s.Element()] == nil || s.Pool() != "echo" {
			t.Errorf("session with element %v of pool %v", s.Element(), s.Pool())
		}
		for count := byte('1'); count < '5'; count++ {
			b.ask(s, count)
		}
		if err := s.Close(b.limit()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := s.Close(b.limit()); err != nil {
			t.Errorf("Close again: %v", err)
		}
		if _, err := s.Receive(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Receive after Close: %v", err)
		}
		if err := s.Failover(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Failover after Close: %v", err)
		}
		if err := s.Send(b.limit(), asap.Data{Data: []byte{1}}); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
	})
}

// The process of the element dies: the session goes on at another one, which is shown the
// cookie before anything else.
func TestElementCrash(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		b.ask(s, '1')
		b.ask(s, '2')
		first := s.Element()
		if pe, since := s.Serving(); pe != first || since.IsZero() {
			t.Errorf("served by %v since %v, not by %v", pe, since, first)
		}
		time.Sleep(time.Second)
		p.hosts[first].Crash()
		begin := time.Now()
		if n := receive[asap.FailoverNecessary](b, s); n.Element != first || !n.Cookie || n.Orderly {
			t.Errorf("%+v", n)
		}
		noticed := time.Since(begin)
		if noticed > 110*time.Millisecond { // A heartbeat.
			t.Errorf("the crash was noticed after %v", noticed)
		}
		if pe, since := s.Serving(); pe != 0 || !since.IsZero() {
			t.Errorf("served by %v since %v, which is gone", pe, since)
		}
		if c := receive[asap.FailoverComplete](b, s); c.Element == first || c.Element != s.Element() || !c.Cookie {
			t.Errorf("%+v", c)
		}
		if took := time.Since(begin) - noticed; took > 50*time.Millisecond {
			t.Errorf("failover took %v", took)
		}
		if pe, since := s.Serving(); pe != s.Element() || since.Before(begin) {
			t.Errorf("served by %v since %v, not by %v since %v", pe, since, s.Element(), begin)
		}
		b.ask(s, '3')
	})
}

// A user who receives late hears of an element that serves the session no more, and is not
// told that it does.
func TestLateReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		first := s.Element()
		p.hosts[first].Crash()
		time.Sleep(time.Second)
		for _, host := range p.hosts {
			host.Crash()
		}
		time.Sleep(time.Second)
		receive[asap.FailoverNecessary](b, s)
		second := receive[asap.FailoverComplete](b, s).Element
		if n := receive[asap.FailoverNecessary](b, s); n.Element != second || second == first || s.Element() != second {
			t.Errorf("%v is gone, and %v after %v serves", n.Element, s.Element(), first)
		}
		if pe, since := s.Serving(); pe != 0 || !since.IsZero() {
			t.Errorf("served by %v since %v, which is gone", pe, since)
		}
		if err := s.Send(b.limit(), asap.Data{Data: []byte{1}}); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("Send: %v", err)
		}
	})
}

// The element's host is gone without a word.
func TestSilentHostDeath(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: elements})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		s := b.dial(pu, asap.DialConfig{})
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Down()
		receive[asap.FailoverNecessary](b, s)
		if c := receive[asap.FailoverComplete](b, s); c.Element == first || !c.Cookie {
			t.Errorf("%+v", c)
		}
		b.ask(s, '2')
		if ids := b.ids(pu); len(ids) != 1 || slices.Contains(ids, first) {
			t.Errorf("the pool has %v, without %v", ids, first)
		}
	})
}

// Element after element dies, the last one comes back after a while.
func TestElementsDieInTurn(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(4)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		count := byte('1')
		for range 3 {
			b.ask(s, count)
			count++
			p.hosts[s.Element()].Crash()
			receive[asap.FailoverNecessary](b, s)
			receive[asap.FailoverComplete](b, s)
		}
		b.ask(s, count)
		last := s.Element()
		p.hosts[last].Crash()
		receive[asap.FailoverNecessary](b, s)
		if err := s.Send(b.limit(), asap.Data{Data: []byte("x")}); !errors.Is(err, asap.ErrBroken) {
			t.Errorf("Send without an element: %v", err)
		}
		time.Sleep(time.Minute)
		b.listen(b.node(p.hosts[last], b.pr), asap.ListenConfig{})
		if c := receive[asap.FailoverComplete](b, s); !c.Cookie {
			t.Errorf("%+v", c)
		}
		b.ask(s, count+1)
	})
}

// An element that leaves is out of its pool before its sessions end, so that no user is
// sent back to it; what was sent has arrived.
func TestGracefulClose(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		s := b.dial(pu, asap.DialConfig{})
		b.ask(s, '1')
		first := s.Element()
		closed := make(chan error, 1)
		go func() { closed <- p.listeners[first].Close(context.Background()) }()
		if n := receive[asap.FailoverNecessary](b, s); n.Element != first || !n.Orderly {
			t.Errorf("%+v", n)
		}
		if ids := b.ids(pu); slices.Contains(ids, first) {
			t.Errorf("the pool has %v, and %v has left", ids, first)
		}
		receive[asap.FailoverComplete](b, s)
		b.ask(s, '2')
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// A registrar that is gone does not keep an element from ending its sessions in order.
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

func TestManualFailover(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{Manual: true})
		b.ask(s, '1')
		first := s.Element()
		p.hosts[first].Crash()
		receive[asap.FailoverNecessary](b, s)
		time.Sleep(time.Minute)
		if s.Element() != first {
			t.Error("the session went on by itself")
		}
		if err := s.Failover(b.limit()); err != nil {
			t.Fatal(err)
		}
		if c := receive[asap.FailoverComplete](b, s); c.Element == first {
			t.Errorf("%+v", c)
		}
		b.ask(s, '2')
	})
}

// A user leaves an element that is up: nothing of it comes behind the news, however much
// was on its way.
func TestFailoverFromAnElementThatIsUp(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		for range 30 {
			if err := s.Send(b.limit(), asap.Data{Data: []byte("x")}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		first := s.Element()
		go func() {
			if err := s.Failover(b.limit()); err != nil {
				t.Error(err)
			}
		}()
		var before int
		for {
			item, err := s.Receive(b.limit())
			if err != nil {
				t.Fatal(err)
			}
			if n, ok := item.(asap.FailoverNecessary); ok {
				if n.Element != first {
					t.Errorf("%+v", n)
				}
				break
			}
			before++
		}
		c := receive[asap.FailoverComplete](b, s)
		if c.Element == first || p.hosts[c.Element] == nil {
			t.Errorf("%+v", c)
		}
		if before > 30 {
			t.Errorf("%d answers to 30 messages", before)
		}
	})
}

// A user that does not receive is in nobody's way but its own.
func TestUserThatDoesNotReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		p := b.pool(2)
		pu := b.node(b.net.Host(), b.pr)
		s, other := b.dial(pu, asap.DialConfig{}), b.dial(pu, asap.DialConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for s.Send(ctx, asap.Data{Data: []byte("x")}) == nil {
		}
		b.ask(other, '1')
		p.hosts[s.Element()].Crash()
		time.Sleep(time.Second)
		b.ids(pu)
		begin := time.Now()
		_ = s.Close(b.limit())
		if took := time.Since(begin); took > time.Second {
			t.Errorf("Close took %v", took)
		}
	})
}

// Nobody may open an association to the endpoint of a session.
func TestSessionServesNobody(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.pool(1)
		user := b.net.Host()
		b.dial(b.node(user, b.pr), asap.DialConfig{})
		var seen transport.Association
		for _, listener := range l.listeners {
			ss, err := listener.Accept(ended())
			_ = ss // The session is being served already.
			if err == nil {
				t.Fatal("two sessions")
			}
		}
		e, err := b.net.Host().Listen(t.Context(), listenAt(0))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		for port := uint16(49152); port < 49160 && seen == nil; port++ {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			a, err := e.Dial(ctx, addrs(user, port))
			cancel()
			if err != nil {
				continue
			}
			select {
			case <-a.Done():
				if down, ok := errors.AsType[*transport.DownError](a.Err()); ok && down.Reason == "not a server" {
					seen = a
				}
			case <-time.After(time.Second):
			}
		}
		if seen == nil {
			t.Error("no endpoint refused")
		}
	})
}

// Closing the node closes its sessions and listeners.
func TestNodeCloseClosesAll(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		n := b.node(b.net.Host(), b.pr)
		l := b.listen(n, asap.ListenConfig{})
		s := b.dial(n, asap.DialConfig{})
		b.ask(s, '1')
		if err := n.Close(b.limit()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if _, err := s.Receive(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Receive: %v", err)
		}
		if err := s.Send(b.limit(), asap.Data{Data: []byte("x")}); err == nil {
			t.Error("Send after Close")
		}
		if _, err := l.Accept(b.limit()); !errors.Is(err, asap.ErrClosed) {
			t.Errorf("Accept: %v", err)
		}
		if ids := b.ids(b.node(b.net.Host(), b.pr)); ids != nil {
			t.Errorf("the pool has %v", ids)
		}
	})
}

// What a server cannot make sense of on the control channel does not reach the program,
// and does not replace a cookie.
func TestControlChannel(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		host, second := b.net.Host(), b.net.Host()
		n := b.node(host, b.pr)
		l, err := n.Listen(b.limit(), "echo", asap.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		s := b.dial(b.node(b.net.Host(), b.pr), asap.DialConfig{})
		ss, err := l.Accept(b.limit())
		if err != nil {
			t.Fatal(err)
		}
		if err := ss.SendCookie(b.limit(), []byte{'4'}); err != nil {
			t.Fatal(err)
		}
		for _, garbage := range [][]byte{
			{0x0b, 0, 0, 9, 1}, // a cookie that is cut off
			{0x0b, 0, 0, 16, 0, 0x0d, 0, 5, 1, 0, 0, 0, 0x07, 0x77, 0, 4}, // with a parameter that stops it
			{0x0b, 0, 0, 16, 0, 0x0d, 0, 5, 1, 0, 0, 0, 0x47, 0x77, 0, 4}, // and has to be reported
			{0x77, 0, 0, 4}, // nobody knows it
			{0x0e, 0, 0, 4}, // an error
			{0x06, 0, 0, 4}, // a response
		} {
			if err := ss.Association().Send(b.limit(), transport.Message{PPID: wire.PPIDASAP, Data: garbage}); err != nil {
				t.Fatal(err)
			}
		}
		report, err := ss.Association().Receive(b.limit())
		if err != nil || report.PPID != wire.PPIDASAP || report.Data[0] != 0x0e {
			t.Errorf("%v, %v, want an error message", report, err)
		}
		if err := ss.Send(b.limit(), asap.Data{PPID: 5, Stream: 1, Data: []byte("data")}); err != nil {
			t.Fatal(err)
		}
		if d := receive[asap.Data](b, s); d.PPID != 5 || d.Stream != 1 || string(d.Data) != "data" {
			t.Errorf("%+v", d)
		}
		b.listen(b.node(second, b.pr), asap.ListenConfig{})
		time.Sleep(10 * time.Second)
		ss.Abort("test")
		receive[asap.FailoverNecessary](b, s)
		for receive[asap.FailoverComplete](b, s).Element == l.ID() {
			t.Fatal("the same element again")
		}
		b.ask(s, '5')
	})
}

func addrs(host *memnet.Host, port uint16) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(host.Addrs()[0], port)}
}
