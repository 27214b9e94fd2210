package registrar_test

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
)

// stall is a logger's handler that holds the registrar up when an association comes up.
type stall struct {
	slog.Handler
	length time.Duration
}

func (stall) Enabled(context.Context, slog.Level) bool { return true }

func (h stall) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "association up" {
		time.Sleep(h.length)
	}
	return nil
}

// What was due while the loop was busy is done once, at the time it is then: the machines'
// time does not go back.
func TestStalledLoop(t *testing.T) {
	run(t, func(t *testing.T, b *bed) {
		group, err := b.net.Host().Join(t.Context(), asap.AnnounceGroup)
		if err != nil {
			t.Fatal(err)
		}
		b.registrar(b.pr, registrar.Config{
			Announce: asap.AnnounceGroup,
			Logger:   slog.New(stall{slog.DiscardHandler, 10 * time.Second}),
		})
		client, err := b.net.Host().Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		var last time.Time
		longest := time.Duration(0)
		for i := range 12 {
			if _, _, err := group.Receive(b.limit()); err != nil {
				t.Fatal(err)
			}
			gap := time.Since(last)
			if i > 0 && gap < 800*time.Millisecond {
				t.Errorf("announce %d comes %v after the one before", i, gap)
			}
			if i > 0 {
				longest = max(longest, gap)
			}
			last = time.Now()
			if i == 5 {
				if _, err := client.Dial(b.limit(), []netip.AddrPort{asapAt(b.pr)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if longest < 10*time.Second {
			t.Errorf("the loop was not held up: %v", longest)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		if err := group.Close(); err != nil {
			t.Error(err)
		}
	})
}
