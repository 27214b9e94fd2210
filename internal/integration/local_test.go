package integration

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// noSockets is a network that has run out of sockets.
type noSockets struct {
	*memnet.Host
	out *atomic.Bool
}

func (n noSockets) Listen(ctx context.Context, c transport.ListenConfig) (transport.Endpoint, error) {
	if n.out.Load() {
		return nil, errors.New("too many open files")
	}
	return n.Host.Listen(ctx, c)
}

// TestLocalFailureIsNotReported asserts that an element is not reported as unreachable because this
// host has no socket left.
func TestLocalFailureIsNotReported(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{Elements: registrar.ElementsConfig{MaxBadReports: 1, KeepAliveTimeout: 2 * time.Second}})
		p := b.pool(3)
		host := noSockets{b.net.Host(), new(atomic.Bool)}
		var reports atomic.Int64
		n, err := asap.Open(t.Context(), asap.Config{
			Network: host, Announce: transport.GroupConfig{Off: true},
			Registrars: []string{registrartest.Addr(b.pr).String()},
			Logger:     slog.New(countReports{slog.DiscardHandler, &reports}),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		host.out.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = n.Dial(ctx, "echo", nil)
		t.Log(err)
		if reports.Load() > 0 {
			t.Errorf("%d reports of %d elements that are fine", reports.Load(), len(p.hosts))
		}
	})
}

type countReports struct {
	slog.Handler
	n *atomic.Int64
}

func (c countReports) Enabled(context.Context, slog.Level) bool { return true }
func (c countReports) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c countReports) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "element unreachable" {
		c.n.Add(1)
	}
	return nil
}

// TestManualRequestAndReceive asserts that a Request of a manual session is told of a loss.
func TestManualRequestAndReceive(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		b.registrar(b.pr, registrar.Config{})
		l := b.listenOnly(nil)
		s := b.dial(b.node(b.net.Host(), b.pr), &asap.DialConfig{Manual: true})
		done := make(chan error, 1)
		go func() { _, err := s.Request(b.limit(), asap.Message{Data: []byte("x")}); done <- err }()
		e := b.accept(l)
		b.receive(e)
		time.Sleep(time.Second)
		_ = e.Close()
		b.wantFailover("Request", <-done)
	})
}
