package registrar_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The registrar and its clients share the process and its processors. A client is an
// association over udpsctp on loopback; it asks again when it has the answer, or keeps a
// number of requests under way.

// benchPool is how many elements the pool has that is resolved.
const benchPool = 100

// BenchmarkResolution measures handle resolutions, end to end.
func BenchmarkResolution(b *testing.B) {
	for _, c := range []struct{ clients, window int }{{1, 1}, {1, 64}, {16, 1}, {16, 16}} {
		b.Run(fmt.Sprintf("clients=%d/window=%d", c.clients, c.window), func(b *testing.B) {
			clients := newClients(b, c.clients)
			clients[0].fill(b, "bench", benchPool)
			request := encode(b, &asapmsg.HandleResolution{PoolHandle: "bench", Items: 1})
			drive(b, clients, c.window, func(uint64) []byte { return request })
		})
	}
}

// BenchmarkRegistration measures registrations of elements that are new, and of those
// that are there.
func BenchmarkRegistration(b *testing.B) {
	for name, elements := range map[string]uint64{"new": 1 << 31, "again": 1000} {
		for _, c := range []struct{ clients, window int }{{1, 1}, {16, 1}, {16, 16}} {
			b.Run(fmt.Sprintf("%s/clients=%d/window=%d", name, c.clients, c.window), func(b *testing.B) {
				clients := newClients(b, c.clients)
				template := encode(b, benchRegistration(1))
				position := idPosition(b, template)
				drive(b, clients, c.window, func(n uint64) []byte {
					id := uint32(1 + n%elements)
					m := slices.Clone(template)
					m[position], m[position+1], m[position+2], m[position+3] = byte(id>>24), byte(id>>16), byte(id>>8), byte(id)
					return m
				})
			})
		}
	}
}

// benchClient is an association with the registrar.
type benchClient struct {
	transport.Association
	local []netip.AddrPort
}

func newClients(b *testing.B, n int) []*benchClient {
	b.Helper()
	server := start(b, nil)
	var clients []*benchClient
	for range n {
		clients = append(clients, newClientOf(b, server))
	}
	return clients
}

func newClientOf(b *testing.B, server *registrar.Server) *benchClient {
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
	return &benchClient{a, e.LocalAddrs()}
}

// fill registers elements.
func (c *benchClient) fill(b *testing.B, pool wire.PoolHandle, n int) {
	b.Helper()
	for i := range n {
		m := benchRegistration(wire.PEID(i + 1))
		m.PoolHandle = pool
		if err := c.ask(encode(b, m)); err != nil {
			b.Fatal(err)
		}
	}
}

func (c *benchClient) ask(request []byte) error {
	ctx := context.Background()
	if err := c.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: request}); err != nil {
		return err
	}
	return c.answer(ctx)
}

// answer takes the next response, and lets keep-alives pass.
func (c *benchClient) answer(ctx context.Context) error {
	for {
		m, err := c.Receive(ctx)
		if err != nil {
			return err
		}
		switch asapmsg.Type(m.Data[0]) {
		case asapmsg.TypeEndpointKeepAlive:
		case asapmsg.TypeError:
			return fmt.Errorf("error message: %x", m.Data)
		default:
			return nil
		}
	}
}

func benchRegistration(id wire.PEID) *asapmsg.Registration {
	return &asapmsg.Registration{PoolHandle: "bench", PoolElement: wire.PoolElement{
		ID:               id,
		RegistrationLife: time.Hour,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 5000, Addrs: []netip.Addr{loopback}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
	}}
}

// idPosition returns where in a registration the identifier is.
func idPosition(b *testing.B, template []byte) int {
	b.Helper()
	other := encode(b, benchRegistration(2))
	for i := range template {
		if template[i] != other[i] {
			return i - 3
		}
	}
	b.Fatal("no identifier")
	return 0
}

// drive makes b.N requests, and reports their rate and the time that they took.
func drive(b *testing.B, clients []*benchClient, window int, request func(n uint64) []byte) {
	var next atomic.Uint64
	latencies := make([][]time.Duration, len(clients))
	var wg sync.WaitGroup
	b.ResetTimer()
	for i, c := range clients {
		wg.Go(func() {
			latencies[i] = c.drive(b, window, func() []byte {
				if n := next.Add(1); n <= uint64(b.N) {
					return request(n)
				}
				return nil
			})
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}

// drive keeps a window of requests under way until there are no more.
func (c *benchClient) drive(b *testing.B, window int, request func() []byte) (latencies []time.Duration) {
	ctx := context.Background()
	var begun []time.Time
	for {
		for len(begun) < window {
			data := request()
			if data == nil {
				break
			}
			begun = append(begun, time.Now())
			if err := c.Send(ctx, transport.Message{PPID: wire.PPIDASAP, Data: data}); err != nil {
				b.Error(err)
				return latencies
			}
		}
		if len(begun) == 0 {
			return latencies
		}
		if err := c.answer(ctx); err != nil {
			b.Error(err)
			return latencies
		}
		latencies = append(latencies, time.Since(begun[0]))
		begun = begun[1:]
	}
}
