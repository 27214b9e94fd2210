package sctp

import (
	"runtime"
	"syscall"
	"testing"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
	"github.com/rserpool-go/rserpool/transport/kernelsctp"
)

// TestHostWithoutAddresses binds endpoints on a host that has no addresses yet, as while
// it starts.
func TestHostWithoutAddresses(t *testing.T) {
	t.Parallel()
	networks := []transport.Network{inMemory()}
	if kernelsctp.Available() == nil {
		networks = append(networks, New(Config{}))
	}
	missing := make(chan error, 1)
	go func() {
		defer close(missing)
		runtime.LockOSThread() // For ever: the thread ends with the goroutine.
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			missing <- err
			return
		}
		for i, n := range networks {
			if e, err := n.Listen(assoctest.Limit(t), transport.ListenConfig{}); err == nil {
				t.Errorf("network %d: at %v", i, e.LocalAddrs())
				_ = e.Close()
			}
			e, err := n.Listen(assoctest.Limit(t), transport.ListenConfig{Port: 3863})
			if err != nil {
				t.Errorf("network %d: %v", i, err)
				continue
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}
	}()
	if err, ok := <-missing; ok {
		t.Skip("no network namespace: ", err)
	}
}
