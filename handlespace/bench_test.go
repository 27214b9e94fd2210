package handlespace

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// The workload with which RSPLIB was measured; see docs/performance.md. Each of P pools
// has N elements.

const (
	benchOps       = 200000
	benchBlock     = 128
	benchRegistrar = wire.ServerID(0x10000001)
)

var benchSizes = [][2]int{{1, 10}, {1, 100}, {1, 1000}, {1, 10000}, {1000, 10}, {1, 100000}}

var benchPolicies = []wire.PolicyType{
	wire.RoundRobin, wire.WeightedRoundRobin, wire.LeastUsed, wire.LeastUsedDegradation,
	wire.PriorityLeastUsed, wire.Random, wire.WeightedRandom,
}

func mix32(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	return x ^ x>>16
}

func benchWeight(g uint32) uint32  { return 1 + mix32(g^0x5bd1e995)%100 }
func benchLoad(g, v uint32) uint32 { return mix32(31*g + v*0x9e3779b9) }

func TestBenchmarkWorkload(t *testing.T) {
	t.Parallel()
	got := []uint32{
		mix32(1), mix32(2), mix32(100000), benchWeight(1), benchWeight(2), benchWeight(3),
		benchLoad(1, 0), benchLoad(1, 1), mix32(78) >> 8,
	}
	want := []uint32{0x514e28b7, 0x30f4c306, 0x52eb5ade, 85, 42, 56, 0x4af6b95b, 0xa3efcc72, 0x00bb810f}
	if !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	w := newWorkload(wire.LeastUsed, 2, 10)
	w.run()
	if w.h.Len() != 0 || w.h.NumPools() != 0 {
		t.Errorf("%d elements and %d pools are left", w.h.Len(), w.h.NumPools())
	}
	for _, n := range []string{"reg", "find", "hr1", "hr3", "rereg", "htown", "htglob", "walkown", "dereg"} {
		if w.ops[n] < 20 {
			t.Errorf("%s: %d operations", n, w.ops[n])
		}
	}
}

// BenchmarkWorkload reports operations, or elements, per second of CPU time; the
// median if there are several iterations (-benchtime=5x).
func BenchmarkWorkload(b *testing.B) {
	for _, policy := range benchPolicies {
		for _, size := range benchSizes {
			b.Run(fmt.Sprintf("%v/%dx%d", policy, size[0], size[1]), func(b *testing.B) {
				rates := map[string][]float64{}
				for b.Loop() {
					w := newWorkload(policy, size[0], size[1])
					w.run()
					for name, n := range w.ops {
						rates[name] = append(rates[name], float64(n)/w.cpu[name].Seconds())
					}
					runtime.GC()
				}
				for name, r := range rates {
					slices.Sort(r)
					b.ReportMetric(r[len(r)/2], name+"/s")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// workload corresponds to a process of RSPLIB's benchmark.
type workload struct {
	policy  wire.PolicyType
	pools   uint32
	total   uint32
	handles []wire.PoolHandle
	h       *Handlespace
	clock   time.Time

	pe         wire.PoolElement
	asap       wire.Transport
	user, ctrl [1]netip.Addr

	ops map[string]int
	cpu map[string]time.Duration
}

func newWorkload(policy wire.PolicyType, pools, perPool int) *workload {
	w := &workload{
		policy: policy, pools: uint32(pools), total: uint32(pools * perPool),
		h:     New(Config{Rand: rand.New(rand.NewPCG(1, 2))}),
		clock: time.Now(),
		ops:   map[string]int{}, cpu: map[string]time.Duration{},
	}
	w.asap = wire.Transport{Protocol: wire.SCTP, Addrs: w.ctrl[:]}
	w.pe = wire.PoolElement{
		RegistrationLife: 300000 * time.Millisecond,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Addrs: w.user[:]},
		Policy:           wire.Policy{Type: policy},
		ASAPTransport:    &w.asap,
	}
	for p := range pools {
		w.handles = append(w.handles, wire.PoolHandle(fmt.Sprintf("pool-%08x", p)))
	}
	return w
}

// build makes an element with its two transports, in the same memory each time, as a
// decoder would.
func (w *workload) build(g, version uint32) (*wire.PoolElement, Association) {
	addr := netip.AddrFrom4([4]byte{10, byte(g >> 16), byte(g >> 8), byte(g)})
	w.user[0], w.ctrl[0] = addr, addr
	w.asap.Port = uint16(1024 + 7*g%60000)
	w.pe.ID = wire.PEID(mix32(g))
	w.pe.HomeID = benchRegistrar + wire.ServerID(g%3)
	w.pe.UserTransport.Port = uint16(1024 + g%60000)
	p := &w.pe.Policy
	switch w.policy {
	case wire.WeightedRoundRobin, wire.WeightedRandom:
		p.Weight = benchWeight(g)
	case wire.LeastUsed:
		p.Load = benchLoad(g, version)
	case wire.LeastUsedDegradation:
		p.Load, p.LoadDegradation = benchLoad(g, version), 65536
	case wire.PriorityLeastUsed:
		p.Load, p.LoadDegradation = benchLoad(g, version), mix32(g+77)>>8
	}
	if w.pe.HomeID == benchRegistrar {
		return &w.pe, Association(g)
	}
	return &w.pe, 0
}

func (w *workload) register(idx, version uint32) {
	pe, a := w.build(idx+1, version)
	w.clock = w.clock.Add(time.Microsecond)
	e, _, err := w.h.Register(w.clock, w.handles[idx%w.pools], pe, a)
	if err != nil {
		panic(err)
	}
	w.h.SetTimer(e, 1, w.clock.Add(30*time.Second))
}

// phase measures the CPU time of all threads, including the garbage collector.
func (w *workload) phase(name string, f func() int) {
	start := cpuTime()
	n := f()
	w.cpu[name] += cpuTime() - start
	w.ops[name] += n
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (w *workload) run() {
	cycles := max(1, benchOps/int(w.total))
	w.phases(cycles)
	w.phase("reg", func() int { return w.registerAll() })
	w.phase("find", w.find)
	w.phase("hr1", func() int { return w.resolve(1) })
	w.phase("hr3", func() int { return w.resolve(3) })
	w.phase("rereg", func() int {
		for k := range uint32(benchOps) {
			w.register(mix32(k)%w.total, k+1)
		}
		return benchOps
	})
	owners := []wire.ServerID{benchRegistrar, benchRegistrar + 1, benchRegistrar + 2}
	w.phase("htown", func() int { return w.tables(cycles, owners...) })
	w.phase("htglob", func() int { return w.tables(cycles, 0) })
	w.phase("walkown", func() int { return w.walk(cycles, owners) })
	w.phase("dereg", func() int { return w.deregisterAll() })
}

// phases runs the cycles of registering and deregistering all elements.
func (w *workload) phases(cycles int) {
	// A phase of few elements is too short for the clock, so a phase covers several
	// handlespaces.
	spaces := make([]*Handlespace, max(1, 400/int(w.total)))
	for i := range spaces {
		spaces[i] = New(Config{Rand: rand.New(rand.NewPCG(1, 2))})
	}
	for range cycles / len(spaces) {
		for _, op := range []struct {
			name string
			all  func() int
		}{{"reg", w.registerAll}, {"dereg", w.deregisterAll}} {
			w.phase(op.name, func() int {
				n := 0
				for _, w.h = range spaces {
					n += op.all()
				}
				return n
			})
		}
	}
}

func (w *workload) registerAll() int {
	for idx := range w.total {
		w.register(idx, 0)
	}
	return int(w.total)
}

func (w *workload) deregisterAll() int {
	for k := range uint64(w.total) {
		idx := uint32(7919 * k % uint64(w.total))
		e := w.h.Find(w.handles[idx%w.pools], wire.PEID(mix32(idx+1)))
		if e == nil {
			panic("not found")
		}
		w.h.Remove(e)
	}
	return int(w.total)
}

func (w *workload) find() int {
	for k := range uint32(benchOps) {
		idx := mix32(k) % w.total
		if w.h.Find(w.handles[idx%w.pools], wire.PEID(mix32(idx+1))) == nil {
			panic("not found")
		}
	}
	return benchOps
}

func (w *workload) resolve(n int) int {
	list := make([]*Element, 0, 8)
	for k := range uint32(benchOps) {
		list, _ = w.h.Resolve(w.handles[mix32(k)%w.pools], n, list[:0])
		if len(list) != n {
			panic("too few")
		}
	}
	return benchOps
}

// tables reads handle tables in blocks, and the identifier of each element.
func (w *workload) tables(cycles int, owners ...wire.ServerID) int {
	var sum wire.PEID
	n := 0
	list := make([]*Element, 0, benchBlock)
	for range cycles {
		for _, owner := range owners {
			for c, more := TableOf(owner), true; more; {
				list, c, more = w.h.Extract(c, benchBlock, list[:0])
				for _, e := range list {
					sum += e.ID()
				}
				n += len(list)
			}
		}
	}
	benchSink = sum
	return n
}

func (w *workload) walk(cycles int, owners []wire.ServerID) int {
	var sum wire.PEID
	n := 0
	for range cycles {
		for _, owner := range owners {
			for e := range w.h.OwnedBy(owner) {
				sum += e.ID()
				n++
			}
		}
	}
	benchSink = sum
	return n
}

// benchSink keeps the compiler from removing the reads of identifiers.
var benchSink wire.PEID
