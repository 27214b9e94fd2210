package sctp

import (
	"sync"
	"testing"

	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// TestDialAtClose dials while the endpoint is being closed. The race detector tells whether
// Close waits for what has not begun.
func TestDialAtClose(t *testing.T) {
	t.Parallel()
	n := inMemory()
	n.headStart = 1
	peer, err := n.udp.Listen(assoctest.Limit(t), loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	for range 100 {
		e, err := n.Listen(assoctest.Limit(t), loopback)
		if err != nil {
			t.Fatal(err)
		}
		var dials sync.WaitGroup
		begun := make(chan struct{})
		for range 4 {
			dials.Go(func() {
				<-begun
				if a, err := e.Dial(assoctest.Limit(t), peer.LocalAddrs()); err == nil {
					<-a.Done()
				}
			})
		}
		close(begun)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		dials.Wait()
	}
}
