package udpsctp

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// TestGoneAfterShutdown has the last word of a shutdown lost, and nobody there any more to
// say it again: the shutdown is complete all the same.
func TestGoneAfterShutdown(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]bool{"Refused": false, "Silent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var through atomic.Bool
			n := NewNetwork(Config{RTOMax: 50 * time.Millisecond, HeartbeatInterval: 100 * time.Millisecond})
			n.impair = func(b []byte, send func([]byte)) {
				if chunkType(b[headerLen]) == chunkShutdownComplete {
					through.Store(true)
					return
				}
				if !silent || !through.Load() {
					send(b)
				}
			}
			ea, eb := bindNetwork(t, n, loopback), bindNetwork(t, n, loopback)
			a, b := connect(t, ea, eb)
			exchange(t, a, b)
			if err := a.Shutdown(assoctest.Limit(t)); err != nil {
				t.Fatal(err)
			}
			crash(t, ea)
			assoctest.WantDown(t, b, transport.CauseShutdown)
		})
	}
}
