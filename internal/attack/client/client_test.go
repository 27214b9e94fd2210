package client

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

const patience = 30 * time.Second

var loopback = netip.MustParseAddr("127.0.0.1")

// start starts a registrar, and a client that asks it for the element 7.
func start(t *testing.T) (server *registrar.Server, c *Client) {
	t.Helper()
	config := registrartest.Loopback()
	config.Logger = slog.New(slog.DiscardHandler)
	server, _ = registrartest.Start(t, config)
	c, err := New(t.Context(), Config{
		Registrar: server.LocalAddrs()[0], Pool: "echo", Elements: []wire.PEID{7}, Source: loopback,
		Interval: time.Millisecond, Patience: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return server, c
}

// addElement registers an element. The returned function ends it.
func addElement(t *testing.T, server *registrar.Server) (end func()) {
	t.Helper()
	local := transport.ListenConfig{Addrs: []netip.Addr{loopback}}
	n, err := asap.Open(t.Context(), asap.Config{
		Registrars: []string{server.LocalAddrs()[0].String()}, Announce: transport.GroupConfig{Off: true}, Local: local,
		Network: udpsctp.NewNetwork(udpsctp.Config{}), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	l, err := n.Listen(t.Context(), "echo", &asap.ListenConfig{ID: 7, Local: local})
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := l.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// run runs the client until some questions are answered, and returns its figures after then.
func run(t *testing.T, c *Client, then func()) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.AwaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	reports := make(chan Report)
	go func() { reports <- c.Run(running) }()
	c.awaitMore(ctx, t)
	then()
	stop()
	return <-reports
}

// awaitMore waits for further answers.
func (c *Client) awaitMore(ctx context.Context, t *testing.T) {
	count := func() int64 {
		c.tally.mu.Lock()
		defer c.tally.mu.Unlock()
		return c.tally.latency.TotalCount()
	}
	for n := count(); count() < n+10; {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			t.Error("no more answers")
			return
		}
	}
}

// TestClient asserts that nothing is lost at a registrar that is not attacked.
func TestClient(t *testing.T) {
	server, c := start(t)
	addElement(t, server)
	r := run(t, c, func() {})
	if r.Questions < 10 || r.Lost != 0 || r.Associations != 0 || r.Elements != 1 || r.P50 <= 0 || r.P50 > r.P99 || r.P99 > r.Max {
		t.Errorf("%+v", r)
	}
}

// TestClientSeesLostElement asserts that the report shows an element that was away at any time.
func TestClientSeesLostElement(t *testing.T) {
	server, c := start(t)
	end := addElement(t, server)
	r := run(t, c, func() {
		end()
		c.awaitMore(t.Context(), t)
		addElement(t, server)
		c.awaitMore(t.Context(), t)
	})
	if r.Lost != 0 || r.Elements != 0 {
		t.Errorf("%+v", r)
	}
}

// TestOwn asserts that elements of others, and elements that have moved, are not counted.
func TestOwn(t *testing.T) {
	c := &Client{config: Config{Elements: []wire.PEID{7, 8, 9}, Host: loopback}}
	at := func(id wire.PEID, addr string) wire.PoolElement {
		return wire.PoolElement{ID: id, UserTransport: wire.Transport{Addrs: []netip.Addr{netip.MustParseAddr(addr)}}}
	}
	if n := c.own([]wire.PoolElement{at(7, "127.0.0.1"), at(8, "10.0.0.1"), at(10, "127.0.0.1")}); n != 1 {
		t.Errorf("%d elements", n)
	}
}

// TestClientSeesLostAnswers asserts that questions without an answer are lost.
func TestClientSeesLostAnswers(t *testing.T) {
	e, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(t.Context(), transport.ListenConfig{Addrs: []netip.Addr{loopback}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c, err := New(t.Context(), Config{Registrar: e.LocalAddrs()[0], Pool: "echo", Interval: time.Millisecond, Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	running, stop := context.WithCancel(ctx)
	reports := make(chan Report)
	go func() { reports <- c.Run(running) }()
	a, err := e.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := a.Receive(ctx); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if r := <-reports; r.Questions < 10 || r.Lost != r.Questions || r.Elements != 0 {
		t.Errorf("%+v", r)
	}
}

// TestNotReady asserts that a pool without the element does not make the client begin.
func TestNotReady(t *testing.T) {
	_, c := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := c.AwaitReady(ctx); err == nil {
		t.Error("the client is ready")
	}
}
