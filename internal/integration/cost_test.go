package integration

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
)

// BenchmarkSessionCost opens sessions over SCTP in UDP on loopback. It reports the times of a Dial
// and of the first request, and the goroutines and the memory (heap in use, and stacks) of a
// session, of both ends together.
func BenchmarkSessionCost(b *testing.B) {
	server, _ := registrartest.Start(b, registrartest.Loopback())
	config := udpsctp.Config{MaxAssociationsPerSource: 1 << 16}
	pe, pu := openLoopback(b, config, server.LocalAddrs()), openLoopback(b, config, server.LocalAddrs())
	l, err := pe.Listen(b.Context(), "echo", &asap.ListenConfig{Local: transport.ListenConfig{Addrs: []netip.Addr{loopback}}})
	if err != nil {
		b.Fatal(err)
	}
	go serve(l, echo)
	var dials, requests time.Duration
	open := func() {
		begin := time.Now()
		s, err := pu.Dial(b.Context(), "echo", nil)
		if err != nil {
			b.Fatal(err)
		}
		dialled := time.Now()
		if _, err := s.Request(b.Context(), asap.Message{Data: []byte("x")}); err != nil {
			b.Fatal(err)
		}
		dials += dialled.Sub(begin)
		requests += time.Since(dialled)
	}
	for range 10 {
		open()
	}
	const sessions = 200 // They stay open: memory that is used again would not count.
	dials, requests = 0, 0
	before := takeFootprint()
	for b.Loop() {
		for range sessions {
			open()
		}
	}
	after := takeFootprint()
	n := float64(b.N * sessions)
	b.ReportMetric(float64(after.goroutines-before.goroutines)/n, "goroutines/session")
	b.ReportMetric(float64(after.octets-before.octets)/n, "B/session")
	b.ReportMetric(float64(dials.Nanoseconds())/n, "ns/dial")
	b.ReportMetric(float64(requests.Nanoseconds())/n, "ns/request")
	b.ReportMetric(0, "ns/op") // An operation is many sessions.
}

// footprint is a measure of a process.
type footprint struct{ goroutines, octets int64 }

// takeFootprint measures this process when its number of goroutines has settled.
func takeFootprint() footprint {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	last := runtime.NumGoroutine()
	for same := 0; same < 20; same++ {
		<-ticker.C
		if n := runtime.NumGoroutine(); n != last {
			last, same = n, 0
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{int64(last), int64(m.HeapInuse + m.StackInuse)}
}
