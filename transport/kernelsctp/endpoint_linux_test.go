//go:build linux && !386

package kernelsctp

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// bindEndpoint binds an endpoint, which is closed at the end of the test.
func bindEndpoint(t *testing.T, c Config, where transport.ListenConfig) *endpoint {
	t.Helper()
	needSCTP(t)
	c.NoMulticast = true
	e, err := NewNetwork(c).Listen(assoctest.Limit(t), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e.(*endpoint)
}

func connectEndpoints(t *testing.T, a, b *endpoint) (dialled, accepted *association) {
	t.Helper()
	out, err := a.Dial(assoctest.Limit(t), b.LocalAddrs())
	if err != nil {
		t.Fatal(err)
	}
	in, err := b.Accept(assoctest.Limit(t))
	if err != nil {
		t.Fatal(err)
	}
	return out.(*association), in.(*association)
}

func sendText(t *testing.T, a transport.Association, text string) {
	t.Helper()
	if err := a.Send(assoctest.Limit(t), transport.Message{Data: []byte(text)}); err != nil {
		t.Fatal(err)
	}
}

func receiveText(t *testing.T, a transport.Association, want string) {
	t.Helper()
	if m, err := a.Receive(assoctest.Limit(t)); err != nil || string(m.Data) != want {
		t.Fatalf("Receive: %q, %v, want %q", m.Data, err, want)
	}
}

// TestSlowReceiver fills one association, which nobody reads, in both directions; others
// of the same endpoints go on.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	server := bindEndpoint(t, Config{QueueLimit: 32 << 10}, loopback)
	slow, fast := bindEndpoint(t, Config{}, loopback), bindEndpoint(t, Config{}, loopback)
	a, b := connectEndpoints(t, slow, server)
	c, d := connectEndpoints(t, fast, server)
	data := make([]byte, 4<<10)
	fill := func(x *association) {
		for range 10000 {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			err := x.Send(ctx, transport.Message{Data: data})
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		t.Fatal("Send does not wait")
	}
	fill(a)
	fill(b)
	if b.sock.Load() == server.sock {
		t.Error("the slow association still shares its socket")
	}
	for range 20 {
		sendText(t, c, "there")
		receiveText(t, d, "there")
		sendText(t, d, "back")
		receiveText(t, c, "back")
	}
	if d.sock.Load() != server.sock {
		t.Error("the fast association has a socket of its own")
	}
	// An association on its own socket ends like any other.
	b.Abort("enough")
	for {
		if _, err := a.Receive(assoctest.Limit(t)); err != nil {
			break
		}
	}
	if down, ok := errors.AsType[*transport.DownError](a.Err()); !ok || down.Cause != transport.CauseAbortPeer || down.Reason != "enough" {
		t.Errorf("a ended with %v", a.Err())
	}
}

// TestIdleAssociations holds many associations on one endpoint.
func TestIdleAssociations(t *testing.T) {
	t.Parallel()
	const n = 200
	server := bindEndpoint(t, Config{}, loopback)
	var wg sync.WaitGroup
	var pairs [n][2]*association
	for i := range n {
		pairs[i][0], pairs[i][1] = connectEndpoints(t, bindEndpoint(t, Config{}, loopback), server)
	}
	for _, p := range pairs {
		wg.Go(func() {
			sendText(t, p[0], "there")
			receiveText(t, p[1], "there")
		})
	}
	wg.Wait()
	if threads := pprof.Lookup("threadcreate").Count(); threads > 30 {
		t.Errorf("%d threads for %d associations", threads, 2*n)
	}
}

// TestSeveralAddresses has both sides bound to addresses of both versions of IP.
func TestSeveralAddresses(t *testing.T) {
	t.Parallel()
	addrs := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2"), netip.IPv6Loopback()}
	ea, eb := bindEndpoint(t, Config{}, transport.ListenConfig{Addrs: addrs}), bindEndpoint(t, Config{}, transport.ListenConfig{Addrs: addrs})
	a, b := connectEndpoints(t, ea, eb)
	for _, x := range []struct {
		got  []netip.AddrPort
		port uint16
	}{{a.RemoteAddrs(), eb.port}, {a.LocalAddrs(), ea.port}, {b.RemoteAddrs(), ea.port}, {b.LocalAddrs(), eb.port}} {
		for _, addr := range addrs {
			if !slices.Contains(x.got, netip.AddrPortFrom(addr, x.port)) {
				t.Errorf("addresses %v, want %v at port %d as well", x.got, addr, x.port)
			}
		}
	}
	sendText(t, a, "there")
	receiveText(t, b, "there")
}

func TestTooManyAssociations(t *testing.T) {
	t.Parallel()
	server := bindEndpoint(t, Config{MaxAssociations: 1}, loopback)
	a, b := connectEndpoints(t, bindEndpoint(t, Config{}, loopback), server)
	second, err := bindEndpoint(t, Config{}, loopback).Dial(assoctest.Limit(t), server.LocalAddrs())
	if err == nil {
		select {
		case <-second.Done():
		case <-assoctest.Limit(t).Done():
			t.Fatal("a second association is up")
		}
		err = second.Err()
	}
	if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != transport.CauseAbortPeer {
		t.Errorf("the second association: %v", err)
	}
	sendText(t, a, "there")
	receiveText(t, b, "there")
}

// TestBigMessages sends messages larger than the shared socket can hold at a time.
func TestBigMessages(t *testing.T) {
	t.Parallel()
	a, b := connectEndpoints(t, bindEndpoint(t, Config{}, loopback), bindEndpoint(t, Config{}, loopback))
	const n = 40
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			data := make([]byte, MaxMessageSize)
			data[0], data[len(data)-1] = byte(i), byte(i)
			if err := a.Send(assoctest.Limit(t), transport.Message{Stream: uint16(i % 3), Data: data}); err != nil {
				t.Errorf("Send: %v", err)
				return
			}
		}
	})
	var seen [n]bool
	for range n {
		m, err := b.Receive(assoctest.Limit(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Data) != MaxMessageSize || m.Data[0] != m.Data[len(m.Data)-1] || seen[m.Data[0]] {
			t.Fatalf("a message of %d octets, from %d to %d", len(m.Data), m.Data[0], m.Data[len(m.Data)-1])
		}
		seen[m.Data[0]] = true
	}
	wg.Wait()
}

// TestEndedAtOnce has peers end associations, well or badly, before these are noticed to be
// up: they have addresses all the same, and what they brought is there.
func TestEndedAtOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(transport.Association) error
		want transport.Cause
	}{
		{"aborted", func(a transport.Association) error { a.Abort("over"); return nil }, transport.CauseAbortPeer},
		{"shut down", func(a transport.Association) error { return a.Shutdown(assoctest.Limit(t)) }, transport.CauseShutdown},
	} {
		server := bindEndpoint(t, Config{}, loopback)
		peer := bindEndpoint(t, Config{}, loopback)
		server.mu.Lock() // The reader waits.
		a, err := peer.Dial(assoctest.Limit(t), server.LocalAddrs())
		if err == nil {
			err = a.Send(assoctest.Limit(t), transport.Message{Data: []byte("all")})
		}
		if err == nil {
			err = tt.end(a)
		}
		<-a.Done()
		server.mu.Unlock()
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		b, err := server.Accept(assoctest.Limit(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.RemoteAddrs(); len(got) == 0 || got[0] != peer.LocalAddrs()[0] {
			t.Errorf("%s: peer %v, want %v", tt.name, got, peer.LocalAddrs())
		}
		if got := b.LocalAddrs(); len(got) == 0 || got[0] != server.LocalAddrs()[0] {
			t.Errorf("%s: own address %v, want %v", tt.name, got, server.LocalAddrs())
		}
		if tt.want == transport.CauseShutdown {
			receiveText(t, b, "all")
		}
		<-b.Done()
		if down, ok := errors.AsType[*transport.DownError](b.Err()); !ok || down.Cause != tt.want {
			t.Errorf("%s: %v", tt.name, b.Err())
		}
	}
}

// TestDialWhileEnding dials a peer while the association with that peer is ending: Dial
// waits for the end, and opens the next association.
func TestDialWhileEnding(t *testing.T) {
	t.Parallel()
	e, peer := bindEndpoint(t, Config{}, loopback), bindEndpoint(t, Config{}, loopback)
	a, b := connectEndpoints(t, e, peer)
	e.mu.Lock()
	a.ending = true
	e.mu.Unlock()
	go func() {
		for range 1000 {
			runtime.Gosched()
		}
		b.Abort("")
	}()
	next, err := e.Dial(assoctest.Limit(t), peer.LocalAddrs())
	if err != nil {
		t.Fatal(err)
	}
	if next == transport.Association(a) {
		t.Error("Dial returned the association that was ending")
	}
}

// TestCrash has a process end: its peer sees that it is no orderly end, and the port is free.
func TestCrash(t *testing.T) {
	t.Parallel()
	server := bindEndpoint(t, Config{}, loopback)
	peer := bindEndpoint(t, Config{}, loopback)
	_, a := connectEndpoints(t, server, peer)
	where := loopback
	where.Port = server.LocalAddrs()[0].Port()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := unix.Dup3(int(null.Fd()), server.sock.fd, unix.O_CLOEXEC); err != nil { // It closes the socket.
		t.Fatal(err)
	}
	<-a.Done()
	if down, ok := errors.AsType[*transport.DownError](a.Err()); !ok || down.Cause != transport.CauseAbortPeer {
		t.Error(a.Err())
	}
	bindEndpoint(t, Config{}, where)
}
