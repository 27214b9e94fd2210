package udpsctp

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
	"github.com/rserpool-go/rserpool/transport/transporttest"
)

// bindNetwork binds an endpoint of a network to loopback.
func bindNetwork(t testing.TB, n *Network, config transport.ListenConfig) *endpoint {
	t.Helper()
	e, err := n.listen(assoctest.Limit(t), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

func bindLoopback(t testing.TB, config Config) *endpoint {
	t.Helper()
	return bindNetwork(t, NewNetwork(config), loopback)
}

// bindFree binds an endpoint of a network to a port that nobody else gets when it is
// closed.
func bindFree(t testing.TB, n *Network, config transport.ListenConfig) *endpoint {
	t.Helper()
	config.Port = transporttest.FreePort(t)
	return bindNetwork(t, n, config)
}

// connect opens an association between two endpoints.
func connect(t testing.TB, from, to *endpoint) (dialled, accepted *association) {
	t.Helper()
	a, err := from.Dial(assoctest.Limit(t), to.LocalAddrs())
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	b, err := to.Accept(assoctest.Limit(t))
	if err != nil {
		t.Fatalf("Accept: %v", err)
	}
	return a.(*association), b.(*association)
}

// exchange sends a message there and back.
func exchange(t testing.TB, a, b transport.Association) {
	t.Helper()
	for _, way := range [][2]transport.Association{{a, b}, {b, a}} {
		if err := way[0].Send(assoctest.Limit(t), transport.Message{PPID: 11, Data: []byte("hello")}); err != nil {
			t.Fatalf("Send: %v", err)
		}
		if m, err := way[1].Receive(assoctest.Limit(t)); err != nil || string(m.Data) != "hello" {
			t.Fatalf("Receive: %q, %v", m.Data, err)
		}
	}
}

// crash ends an endpoint as the death of its process would: the port is closed,
// and the peers are not told.
func crash(t testing.TB, e *endpoint) {
	t.Helper()
	for _, s := range e.sockets {
		if err := s.conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_ = e.Close() // It complains about the sockets.
}

// wantRegistered checks how many associations an endpoint knows: all from
// loopback, with one timer each.
func wantRegistered(t testing.TB, e *endpoint, n int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.timers.mu.Lock()
	defer e.timers.mu.Unlock()
	sources := 0
	for _, n := range e.sources {
		sources += n
	}
	if len(e.assocs) != n || len(e.tags) != n || sources != n || len(e.timers.heap) != n || len(e.dials) != 0 {
		t.Errorf("%d associations, %d tags, %d by source, %d timers, %d dials, want %d associations",
			len(e.assocs), len(e.tags), sources, len(e.timers.heap), len(e.dials), n)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	still := NewNetwork(Config{HeartbeatInterval: time.Hour})
	ea, eb := bindFree(t, still, loopback), bindNetwork(t, still, loopback)
	_, old := connect(t, ea, eb)
	config := loopback
	config.Port = ea.port
	crash(t, ea)

	ea = bindNetwork(t, still, config)
	a, b := connect(t, ea, eb)
	assoctest.WantDown(t, old, transport.CauseRestart)
	if b.ID() == old.ID() {
		t.Errorf("both associations have number %d", b.ID())
	}
	exchange(t, a, b)
	wantRegistered(t, eb, 1)
}

// TestRestartUnseen has a peer restart that does not dial: the other side learns
// of it at the next packet.
func TestRestartUnseen(t *testing.T) {
	t.Parallel()
	still := NewNetwork(Config{HeartbeatInterval: time.Hour})
	ea, eb := bindFree(t, still, loopback), bindNetwork(t, still, loopback)
	_, old := connect(t, ea, eb)
	config := loopback
	config.Port = ea.port
	crash(t, ea)
	bindNetwork(t, NewNetwork(Config{}), config)
	if err := old.Send(assoctest.Limit(t), transport.Message{Data: []byte("anybody?")}); err != nil {
		t.Fatal(err)
	}
	assoctest.WantDown(t, old, transport.CauseAbortPeer)
}

// TestRefused measures how soon a dead process on a live host is noticed. The
// best of some tries counts, and of many if the machine is busy.
func TestRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs the error queue of Linux sockets")
	}
	t.Parallel()
	for _, listen := range []transport.ListenConfig{loopback, {}, {Addrs: []netip.Addr{netip.IPv6Loopback()}}} {
		const most = 50 * time.Millisecond
		best := [2]time.Duration{time.Hour, time.Hour}
		for i := 0; i < 5 || i < 200 && max(best[0], best[1]) > most; i++ {
			n := NewNetwork(Config{HeartbeatInterval: time.Hour})
			ea, eb := bindFree(t, n, listen), bindNetwork(t, n, listen)
			nobody := netip.AddrPortFrom(ea.LocalAddrs()[0].Addr(), 1)
			_, b := connect(t, ea, eb)
			crash(t, ea)

			begin := time.Now()
			if err := b.Send(assoctest.Limit(t), transport.Message{Data: []byte("anybody?")}); err != nil {
				t.Fatal(err)
			}
			assoctest.WantDown(t, b, transport.CauseRefused)
			best[0] = min(best[0], time.Since(begin))

			begin = time.Now()
			_, err := eb.Dial(assoctest.Limit(t), []netip.AddrPort{nobody})
			if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != transport.CauseRefused {
				t.Fatalf("Dial: %v, want %v", err, transport.CauseRefused)
			}
			best[1] = min(best[1], time.Since(begin))
		}
		t.Logf("%v: noticed after %v, Dial refused after %v", listen.Addrs, best[0], best[1])
		if max(best[0], best[1]) > most {
			t.Errorf("noticed after %v, Dial refused after %v, want %v", best[0], best[1], most)
		}
	}
}

// TestForgedRefusal quotes packets that were not sent.
func TestForgedRefusal(t *testing.T) {
	t.Parallel()
	ea, eb := bindLoopback(t, Config{}), bindLoopback(t, Config{})
	a, b := connect(t, ea, eb)
	quote := func(h header) []byte { return appendHeader(nil, h) }
	right := header{src: ea.port, dst: eb.port, tag: a.peerTag}
	for _, h := range []header{
		{src: right.src, dst: right.dst, tag: right.tag + 1},
		{src: right.src, dst: right.dst},
		{src: right.src + 1, dst: right.dst, tag: right.tag},
		{src: right.src, dst: right.dst + 1, tag: right.tag},
	} {
		ea.handleRefused(a.key.udp, quote(h))
	}
	ea.handleRefused(a.key.udp, quote(right)[:7])
	ea.handleRefused(netip.AddrPortFrom(a.key.udp.Addr(), 9), quote(right))
	exchange(t, a, b)
	ea.handleRefused(a.key.udp, quote(right)[:8])
	assoctest.WantDown(t, a, transport.CauseRefused)
}

// TestThousandAssociations has them all on one endpoint.
func TestThousandAssociations(t *testing.T) {
	const n = 1000
	before := runtime.NumGoroutine()
	network := NewNetwork(Config{MaxAssociationsPerSource: n})
	hub := bindNetwork(t, network, loopback)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range n {
			a, err := hub.Accept(assoctest.Limit(t))
			if err != nil {
				t.Errorf("Accept: %v", err)
				return
			}
			wg.Go(func() {
				if err := assoctest.Echo(assoctest.Limit(t), a); err != nil {
					t.Errorf("Echo: %v", err)
				}
			})
		}
	})
	clients := make([]*endpoint, n)
	slots := make(chan struct{}, 50) // The socket buffer holds that many handshakes.
	for i := range clients {
		clients[i] = bindNetwork(t, network, loopback)
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			a, err := clients[i].Dial(assoctest.Limit(t), hub.LocalAddrs())
			if err != nil {
				t.Errorf("Dial: %v", err)
				return
			}
			if err := a.Send(assoctest.Limit(t), transport.Message{Data: []byte{byte(i), byte(i >> 8)}}); err != nil {
				t.Errorf("Send: %v", err)
			}
			if m, err := a.Receive(assoctest.Limit(t)); err != nil || len(m.Data) != 2 || m.Data[0] != byte(i) {
				t.Errorf("Receive: %v, %v", m.Data, err)
			}
		})
	}
	wg.Wait()
	if got := len(hub.associations()); got != n {
		t.Errorf("%d associations are up, want %d", got, n)
	}
	if err := hub.Shutdown(assoctest.Limit(t)); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	for _, e := range clients {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	wantRegistered(t, hub, 0)
	waitGoroutines(t, before)
}

// waitGoroutines waits until there are no more goroutines than before: the last
// ones of pion/sctp end a moment after the endpoint.
func waitGoroutines(t testing.TB, before int) {
	t.Helper()
	end := time.Now().Add(assoctest.Timeout)
	for runtime.NumGoroutine() > before {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

// TestOwnAddress dials an address that is not the first of a host with several:
// the answers come from the address that was dialled.
func TestOwnAddress(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs IP_PKTINFO, and a loopback network")
	}
	t.Parallel()
	n := NewNetwork(Config{})
	ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, transport.ListenConfig{})
	second := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), eb.port)
	a, err := ea.Dial(assoctest.Limit(t), []netip.AddrPort{second})
	if err != nil {
		t.Fatal(err)
	}
	b, err := eb.Accept(assoctest.Limit(t))
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, a, b)
	if got := b.LocalAddrs(); len(got) != 1 || got[0] != second {
		t.Errorf("LocalAddrs() = %v, want %v", got, second)
	}
}

func TestLocalAddrsOrder(t *testing.T) {
	t.Parallel()
	e := bindNetwork(t, NewNetwork(Config{}), transport.ListenConfig{})
	list := e.LocalAddrs()
	for _, a := range list {
		if a.Addr().IsLinkLocalUnicast() || a.Port() != e.port {
			t.Fatalf("LocalAddrs() = %v", list)
		}
	}
	if len(list) == 0 || !list[len(list)-1].Addr().IsLoopback() {
		t.Errorf("LocalAddrs() = %v, want loopback last", list)
	}
}
