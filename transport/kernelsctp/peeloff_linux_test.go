//go:build linux && !386

package kernelsctp

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// TestIdleSocketsOfTheirOwn shows that an association that has once got a socket of its
// own keeps no buffer for it. Other tests would use memory meanwhile, so none may run.
func TestIdleSocketsOfTheirOwn(t *testing.T) {
	const n = 32
	server := bindEndpoint(t, Config{}, loopback)
	var pairs [n][2]*association
	for i := range pairs {
		pairs[i][0], pairs[i][1] = connectEndpoints(t, bindEndpoint(t, Config{}, loopback), server)
	}
	heap := func() int {
		for range 2 { // A pool gives back at the second collection.
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	for _, p := range pairs {
		p[1].moveOut()
		if p[1].sock.Load() == server.sock {
			t.Fatal("an association has not moved out")
		}
		sendText(t, p[0], "there")
		receiveText(t, p[1], "there")
	}
	const most = 16 << 10
	each := func() int { return (heap() - before) / n }
	for deadline := time.Now().Add(5 * time.Second); each() > most; {
		if time.Now().After(deadline) {
			t.Fatalf("%d octets for each of the associations", each())
		}
	}
}

// TestNoDescriptorLeft has an association in need of a socket of its own when there can
// be none: it ends on both sides.
func TestNoDescriptorLeft(t *testing.T) {
	// The peer, of the same process, needs none.
	peer := bindEndpoint(t, Config{QueueLimit: 1 << 30}, loopback)
	a, b := connectEndpoints(t, peer, bindEndpoint(t, Config{SendBuffer: 8 << 10}, loopback))
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 10000 {
		if err = b.Send(assoctest.Limit(t), transport.Message{Data: make([]byte, 4<<10)}); err != nil {
			break
		}
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	down, ok := errors.AsType[*transport.DownError](err)
	if !ok || down.Cause != transport.CauseAbortLocal || b.Err() != err {
		t.Errorf("Send: %v; the association: %v", err, b.Err())
	}
	for {
		if _, err := a.Receive(assoctest.Limit(t)); err != nil {
			break
		}
	}
	if a.Err() == nil {
		t.Error("the peer's side is still up")
	}
}

// TestFullQueueBehindTheEnd has a peer send more than the queue holds, and shut down,
// before anything is read: all of it is received.
func TestFullQueueBehindTheEnd(t *testing.T) {
	t.Parallel()
	server := bindEndpoint(t, Config{QueueLimit: 16 << 10}, loopback)
	a, b := connectEndpoints(t, bindEndpoint(t, Config{}, loopback), server)
	const n = 20
	server.mu.Lock() // The reader waits.
	for range n {
		if err := a.Send(assoctest.Limit(t), transport.Message{Data: make([]byte, 4<<10)}); err != nil {
			t.Error(err)
		}
	}
	if err := a.Shutdown(assoctest.Limit(t)); err != nil {
		t.Error(err)
	}
	server.mu.Unlock()
	for i := range n {
		if _, err := b.Receive(assoctest.Limit(t)); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	_, err := b.Receive(assoctest.Limit(t))
	if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != transport.CauseShutdown {
		t.Errorf("in the end: %v", err)
	}
}

// TestSendWhileMovingOut sends when the kernel has moved the association to a socket of
// its own, and nobody has been told yet.
func TestSendWhileMovingOut(t *testing.T) {
	t.Parallel()
	server := bindEndpoint(t, Config{}, loopback)
	a, b := connectEndpoints(t, bindEndpoint(t, Config{}, loopback), server)
	server.mu.Lock()
	own, err := server.sock.peelOff(b.kernel)
	if err != nil {
		server.mu.Unlock()
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- b.Send(assoctest.Limit(t), transport.Message{Data: []byte("there")}) }()
	for range 1000 {
		runtime.Gosched()
	}
	b.sock.Store(own)
	server.Running.Go(func() { server.readOwn(own, b.kernel) })
	server.mu.Unlock()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	receiveText(t, a, "there")
}

// TestAbortBehindAFullQueue has a peer abort while nothing is read of what it has sent, so
// that Send is the first to learn of the end: it tells the cause.
func TestAbortBehindAFullQueue(t *testing.T) {
	t.Parallel()
	config := Config{QueueLimit: 16 << 10}
	a, b := connectEndpoints(t, bindEndpoint(t, config, loopback), bindEndpoint(t, config, loopback))
	ended := make(chan error, 1)
	for _, x := range []*association{a, b} {
		ctx := assoctest.Limit(t)
		go func() {
			for {
				if err := x.Send(ctx, transport.Message{Data: make([]byte, 4<<10)}); err != nil {
					if x == a {
						ended <- err
					}
					return
				}
			}
		}()
	}
	for a.sock.Load() == a.e.sock || !a.received.IsFull() {
		runtime.Gosched()
	}
	b.Abort("enough")
	err := <-ended
	if down, ok := errors.AsType[*transport.DownError](err); !ok || down.Cause != transport.CauseAbortPeer {
		t.Errorf("Send: %v", err)
	}
}
