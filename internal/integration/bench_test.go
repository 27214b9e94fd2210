package integration

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/registrar/registrartest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// BenchmarkNodeResolve measures the same resolutions as programs make them: by nodes.
func BenchmarkNodeResolve(b *testing.B) {
	for _, c := range []struct{ nodes, callers int }{{1, 1}, {1, 64}, {16, 1}, {16, 16}} {
		b.Run(fmt.Sprintf("nodes=%d/callers=%d", c.nodes, c.callers), func(b *testing.B) {
			server, _ := registrartest.Start(b, registrartest.Loopback())
			fillPool(b, server, "bench", 100)
			var nodes []*asap.Node
			for range c.nodes {
				n := openLoopback(b, udpsctp.Config{}, server.LocalAddrs())
				if _, err := n.Resolve(b.Context(), "bench", &asap.ResolveConfig{Items: 1}); err != nil {
					b.Fatal(err)
				}
				nodes = append(nodes, n)
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			b.ResetTimer()
			for _, n := range nodes {
				for range c.callers {
					wg.Go(func() {
						for left.Add(-1) >= 0 {
							if _, err := n.Resolve(context.Background(), "bench", &asap.ResolveConfig{Items: 1}); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "resolutions/s")
		})
	}
}

// fillPool registers n elements over an association of its own.
func fillPool(b *testing.B, server *registrar.Server, pool wire.PoolHandle, n int) {
	b.Helper()
	e, err := udpsctp.NewNetwork(udpsctp.Config{}).Listen(b.Context(), transport.ListenConfig{Addrs: []netip.Addr{loopback}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = e.Close() })
	a, err := e.Dial(b.Context(), server.LocalAddrs())
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		m := &asapmsg.Registration{PoolHandle: pool, PoolElement: wire.PoolElement{
			ID:               wire.PEID(i + 1),
			RegistrationLife: time.Hour,
			UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 5000, Addrs: []netip.Addr{loopback}},
			Policy:           wire.Policy{Type: wire.RoundRobin},
		}}
		data, err := m.AppendBinary(nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := a.Send(b.Context(), transport.Message{PPID: wire.PPIDASAP, Data: data}); err != nil {
			b.Fatal(err)
		}
		for asapmsg.TypeRegistrationResponse != receiveType(b, a) {
			continue // A keep-alive.
		}
	}
}

func receiveType(b *testing.B, a transport.Association) asapmsg.Type {
	b.Helper()
	m, err := a.Receive(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return asapmsg.Type(m.Data[0])
}
