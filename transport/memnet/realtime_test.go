package memnet_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
)

// Outside of a bubble the network works too, in real time, and leaves no
// goroutine.
func TestRealTime(t *testing.T) {
	before := runtime.NumGoroutine()
	n := memnet.New(memnet.Config{Link: memnet.Link{Latency: time.Millisecond, Jitter: time.Millisecond}, QueueLen: 8})
	server, err := n.Host().Listen(t.Context(), transport.ListenConfig{Port: 1})
	if err != nil {
		t.Fatal(err)
	}
	const clients, messages = 20, 50
	var wg sync.WaitGroup
	for range clients {
		client, err := n.Host().Listen(t.Context(), transport.ListenConfig{})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer client.Close()
			a, err := client.Dial(t.Context(), server.LocalAddrs())
			if err != nil {
				t.Error(err)
				return
			}
			for i := range messages {
				if err := a.Send(t.Context(), transport.Message{Data: fmt.Append(nil, i)}); err != nil {
					t.Error(err)
				}
			}
			if err := a.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for range clients {
		a, err := server.Accept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range messages {
				if m, err := a.Receive(t.Context()); err != nil || string(m.Data) != fmt.Sprint(i) {
					t.Errorf("message %d: %q, %v", i, m.Data, err)
					return
				}
			}
			_, err := a.Receive(t.Context())
			wantCause(t, err, transport.CauseShutdown)
		})
	}
	wg.Wait()
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}
