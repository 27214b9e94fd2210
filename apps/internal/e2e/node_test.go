package e2e

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// node opens an endpoint in the process of the test, for elements and users that no program is. The
// endpoint is closed at the end of the test.
func (s site) node() *asap.Node {
	s.t.Helper()
	n, err := asap.Open(s.t.Context(), asap.Config{
		Network:    udpsctp.NewNetwork(udpsctp.Config{}),
		Registrars: []string{s.addr.String()},
		Announce:   transport.GroupConfig{Off: true},
		Logger:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = n.Close() })
	return n
}

// serve registers an element in a pool, and serves it until the returned function is called, which
// asserts that the service ends in order.
func (s site) serve(pool string, handler asap.HandlerFunc) (stop func()) {
	s.t.Helper()
	local := transport.ListenConfig{Addrs: []netip.Addr{s.addr.Addr()}}
	listener, err := s.node().Listen(s.t.Context(), pool, &asap.ListenConfig{Local: local})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	served := make(chan error, 1)
	go func() { served <- listener.Serve(ctx, handler) }()
	return func() {
		s.t.Helper()
		cancel()
		if err := <-served; err != nil {
			s.t.Error(err)
		}
	}
}
