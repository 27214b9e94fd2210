package rawsctp

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

var loopback = netip.MustParseAddr("127.0.0.1")

const patience = 20 * time.Second

// listen opens an endpoint of a proper stack.
func listen(t *testing.T, config transport.ListenConfig) (transport.Endpoint, netip.AddrPort) {
	t.Helper()
	config.Addrs = []netip.Addr{loopback}
	e, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, e.LocalAddrs()[0]
}

// dial opens an association with a proper stack.
func dial(t *testing.T) (*Association, transport.Endpoint) {
	t.Helper()
	e, addr := listen(t, transport.ListenConfig{})
	a, err := Dial(t.Context(), netip.AddrPort{}, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a, e
}

// accept returns the association at the proper stack.
func accept(ctx context.Context, t *testing.T, e transport.Endpoint) transport.Association {
	t.Helper()
	peer, err := e.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return peer
}

// TestAssociation exchanges messages with a proper stack.
func TestAssociation(t *testing.T) {
	a, e := dial(t)
	if err := a.Send(Data{TSN: a.TSN, PPID: 11, User: []byte("hello")}.Chunk(Whole)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	peer := accept(ctx, t, e)
	m, err := peer.Receive(ctx)
	if err != nil || string(m.Data) != "hello" || m.PPID != 11 {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := peer.Send(ctx, transport.Message{Data: []byte("welcome")}); err != nil {
		t.Fatal(err)
	}
	before := a.Cumulative
	go func() { _ = peer.Shutdown(ctx) }() // Serve ends by it.
	r := a.Serve(ctx, Habit{Acknowledge: true, Window: DefaultWindow})
	if r.Data == 0 || !r.Ended || a.Cumulative != before+1 {
		t.Errorf("%+v, cumulative TSN %d after %d", r, a.Cumulative, before)
	}
}

// TestReason asserts that Serve returns the reason of an ABORT.
func TestReason(t *testing.T) {
	a, e := dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	peer := accept(ctx, t, e)
	peer.Abort("enough")
	if r := a.Serve(ctx, Habit{}); !r.Ended || r.Reason != "enough" {
		t.Errorf("%+v", r)
	}
	for _, value := range [][]byte{nil, {0, 12}, {0, 12, 0, 2}, {0, 12, 0, 99}} {
		if got := reason(Chunk{Type: TypeAbort, Value: value}); got != "" {
			t.Errorf("%x: %q", value, got)
		}
	}
}

// TestRestart asserts that a second handshake from the same port restarts the association at the peer.
func TestRestart(t *testing.T) {
	a, e := dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	first := accept(ctx, t, e)
	a.Tag += 2
	if err := a.Handshake(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.Done():
	case <-ctx.Done():
		t.Fatal("the first association is up")
	}
	if down, ok := errors.AsType[*transport.DownError](first.Err()); !ok || down.Cause != transport.CauseRestart {
		t.Errorf("the first association has ended by %v", first.Err())
	}
}

// TestRefused asserts that a peer without an offer ends the handshake by an ABORT.
func TestRefused(t *testing.T) {
	_, addr := listen(t, transport.ListenConfig{NoAccept: true})
	if _, err := Dial(t.Context(), netip.AddrPort{}, addr); !isAbort(err) {
		t.Errorf("%v", err)
	}
}

// TestSilent asserts that a handshake without an answer is an error.
func TestSilent(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, netip.AddrPort{}, netip.AddrPortFrom(loopback, 9)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
