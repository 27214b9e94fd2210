package registrar_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
)

// A server that has not run is closed: its port is free, and it cannot run.
func TestClose(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		config := registrartest.InMemory(b.pr, registrar.Config{})
		for range 2 {
			server, err := registrar.New(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(server.Close(), server.Close()); err != nil {
				t.Error(err)
			}
			if err := server.Run(t.Context()); !errors.Is(err, registrar.ErrNotRunning) {
				t.Errorf("Run: %v", err)
			}
			if _, err := server.Stats(t.Context()); !errors.Is(err, registrar.ErrNotRunning) {
				t.Errorf("Stats: %v", err)
			}
		}
	})
}

// Close does not disturb a server that runs, and a server runs once.
func TestCloseOfARunningServer(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		server, stop := b.registrar(b.pr, registrar.Config{})
		synctest.Wait()
		if err := server.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if _, err := server.Stats(b.limit()); err != nil {
			t.Errorf("Stats after Close: %v", err)
		}
		stop()
		if err := server.Run(t.Context()); !errors.Is(err, registrar.ErrNotRunning) {
			t.Errorf("second Run: %v", err)
		}
	})
}

// The wait for a mentor begins with Run, not with New.
func TestLateRun(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		first, _ := b.registrar(b.pr, registrar.Config{ID: 7})
		var log bytes.Buffer
		config := registrartest.InMemory(b.net.Host(), registrar.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		config.Peers.Static = [][]netip.AddrPort{first.ENRPAddrs()}
		second, err := registrar.New(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // In virtual time.
		ctx, end := b.limit(), make(chan error)
		go func() { end <- second.Run(ctx) }()
		if err := <-end; err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "msg=ready mentor=0x00000007") {
			t.Errorf("log:\n%s", log.String())
		}
	})
}
