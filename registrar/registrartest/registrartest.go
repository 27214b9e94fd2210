// Package registrartest runs registrars in tests of their clients.
package registrartest

import (
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
)

// Start runs a registrar until the end of the test, or until stop is called. Stop may be
// called any number of times.
func Start(t testing.TB, config registrar.Config) (server *registrar.Server, stop func()) {
	t.Helper()
	server, err := registrar.New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Run(ctx); err != nil && !errors.Is(err, transport.ErrClosed) {
			t.Errorf("registrar: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return server, stop
}

// Loopback returns the configuration of a registrar at 127.0.0.1, over SCTP in UDP, at any ports
// and without multicast.
func Loopback() registrar.Config {
	at := func() *transport.ListenConfig {
		return &transport.ListenConfig{Addrs: []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}}
	}
	off := transport.GroupConfig{Off: true}
	return registrar.Config{Network: udpsctp.NewNetwork(udpsctp.Config{}), ASAP: at(), ENRP: at(), Announce: off, Presence: off}
}

// InMemory returns config for a registrar on a host in memory, at the address that [Addr]
// returns. Groups that config does not name are off.
func InMemory(host *memnet.Host, config registrar.Config) registrar.Config {
	config.Network = host
	for _, group := range []*transport.GroupConfig{&config.Announce, &config.Presence} {
		group.Off = group.Off || !group.Addr.IsValid()
	}
	return config
}

// Addr returns the address at which pool elements and pool users reach the registrar of a
// host in memory.
func Addr(host *memnet.Host) netip.AddrPort {
	return netip.AddrPortFrom(host.Addrs()[0], wire.PortASAP)
}
