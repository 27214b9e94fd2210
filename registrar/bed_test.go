package registrar_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// bed is a network in a bubble: the time is virtual, and goroutines that are left at the
// end are a failure.
type bed struct {
	t   *testing.T
	net *memnet.Network
	// pr is the host of the registrar in most tests.
	pr *memnet.Host
}

func run(t *testing.T, test func(t *testing.T, b *bed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond}, Heartbeat: 100 * time.Millisecond})
		test(t, &bed{t: t, net: n, pr: n.Host()})
	})
}

// registrar runs a registrar.
func (b *bed) registrar(host *memnet.Host, config registrar.Config) (server *registrar.Server, stop func()) {
	b.t.Helper()
	return registrartest.Start(b.t, registrartest.InMemory(host, config))
}

// limit returns a context for one wait, so that a test that hangs fails.
func (b *bed) limit() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	b.t.Cleanup(cancel)
	return ctx
}
