package udpsctp

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/internal/assoctest"
)

// echo returns all messages until the association ends.
func echo(b *testing.B, a transport.Association) {
	for assoctest.Echo(b.Context(), a) == nil {
	}
}

// BenchmarkRequestResponse has one request of 64 octets under way on each
// association, all from different endpoints to one.
func BenchmarkRequestResponse(b *testing.B) {
	for _, n := range []int{1, 16} {
		b.Run(fmt.Sprintf("associations=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			network := NewNetwork(Config{})
			server := bindNetwork(b, network, loopback)
			var servers, clients sync.WaitGroup
			requests := make(chan struct{}, 4*n)
			var all []*association
			for range n {
				a, peer := connect(b, bindNetwork(b, network, loopback), server)
				all = append(all, a)
				servers.Go(func() { echo(b, peer) })
				clients.Go(func() {
					data := make([]byte, 64)
					for range requests {
						if err := a.Send(b.Context(), transport.Message{Data: data}); err != nil {
							b.Errorf("Send: %v", err)
						}
						if _, err := a.Receive(b.Context()); err != nil {
							b.Errorf("Receive: %v", err)
						}
					}
				})
			}
			for b.Loop() {
				requests <- struct{}{}
			}
			close(requests)
			clients.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			for _, a := range all {
				a.Abort("")
			}
			servers.Wait()
		})
	}
}

// BenchmarkPipelined sends one way, as fast as the queues allow.
func BenchmarkPipelined(b *testing.B) {
	for _, size := range []int{64, 1024, 16384} {
		b.Run(fmt.Sprintf("octets=%d", size), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			network := NewNetwork(Config{})
			a, peer := connect(b, bindNetwork(b, network, loopback), bindNetwork(b, network, loopback))
			var wg sync.WaitGroup
			wg.Go(func() {
				for {
					if _, err := peer.Receive(b.Context()); err != nil {
						return
					}
				}
			})
			data := make([]byte, size)
			for b.Loop() {
				if err := a.Send(b.Context(), transport.Message{Data: data}); err != nil {
					b.Fatalf("Send: %v", err)
				}
			}
			// What is queued is delivered before the end, and within the time.
			if err := a.Shutdown(assoctest.Limit(b)); err != nil {
				b.Fatalf("Shutdown: %v", err)
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkDial opens and shuts down associations.
func BenchmarkDial(b *testing.B) {
	b.ReportAllocs()
	network := NewNetwork(Config{})
	from, to := bindNetwork(b, network, loopback), bindNetwork(b, network, loopback)
	for b.Loop() {
		a, _ := connect(b, from, to)
		if err := a.Shutdown(b.Context()); err != nil {
			b.Fatalf("Shutdown: %v", err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "associations/s")
}

// BenchmarkIdle measures what one side of an association costs after a message
// each way and some heartbeats: 1024 associations, both sides in this process.
func BenchmarkIdle(b *testing.B) {
	const n = 32
	for b.Loop() {
		network := NewNetwork(Config{HeartbeatInterval: 100 * time.Millisecond, MaxMissed: 100})
		var left, right []*endpoint
		for range n {
			left = append(left, bindNetwork(b, network, loopback))
			right = append(right, bindNetwork(b, network, loopback))
		}
		memory, goroutines := footprint()
		var all []*association
		for _, l := range left {
			for _, r := range right {
				a, p := connect(b, l, r)
				exchange(b, a, p)
				all = append(all, a, p)
			}
		}
		first := all[0].heart.rtt.Load()
		for all[0].heart.rtt.Load() == first {
			runtime.Gosched()
		}
		m, g := footprint()
		b.ReportMetric(float64(m-memory)/float64(len(all)), "B/association")
		b.ReportMetric(float64(g-goroutines)/float64(len(all)), "goroutines/association")
		for _, e := range append(left, right...) {
			if err := e.Close(); err != nil {
				b.Fatal(err)
			}
		}
		runtime.KeepAlive(all)
	}
}

// footprint returns the octets in use on the heap and for stacks, and the number
// of goroutines.
func footprint() (octets int64, goroutines int) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse), runtime.NumGoroutine()
}
