package integration

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// listenAt returns the configuration of an endpoint at a port.
func listenAt(port uint16) transport.ListenConfig { return transport.ListenConfig{Port: port} }

// pool is a number of elements, each on a host of its own.
type pool struct {
	hosts     map[wire.PEID]*memnet.Host
	listeners map[wire.PEID]*asap.Listener
}

// pool starts n elements.
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

// An element that leaves is out of its pool before its sessions end, so no user is sent back to it.
// All its messages arrive.
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

// A user that does not receive delays no other user.
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

// The endpoint of a session refuses associations.
func TestSessionServesNobody(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.pool(1)
		user := b.net.Host()
		b.dial(b.node(user, b.pr), asap.DialConfig{})
		var seen transport.Association
		for _, listener := range l.listeners {
			ss, err := listener.Accept(endedContext())
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

// addrs returns the first address of a host, with a port.
func addrs(host *memnet.Host, port uint16) []netip.AddrPort {
	return []netip.AddrPort{netip.AddrPortFrom(host.Addrs()[0], port)}
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

// Messages on the control channel that make no sense do not reach the program, and do not replace a
// cookie.
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
