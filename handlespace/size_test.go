package handlespace

import (
	"runtime"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// An element takes less than 400 octets, including its addresses, its encoded form, its
// timer and its part of all indexes.
func TestMemoryPerElement(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector needs memory of its own")
	}
	for _, policy := range benchPolicies {
		for _, size := range [][2]int{{1, 100000}, {1000, 100}} {
			if testing.Short() && policy != wire.LeastUsed {
				continue
			}
			before := heapInUse()
			w := newWorkload(policy, size[0], size[1])
			handles := heapInUse() - before
			w.registerAll()
			each := (heapInUse() - before - handles) / uint64(w.total)
			if each >= 400 {
				t.Errorf("%v, %d x %d: %d octets per element", policy, size[0], size[1], each)
			}
			t.Logf("%v, %d x %d: %d octets per element", policy, size[0], size[1], each)
			runtime.KeepAlive(w)
		}
	}
}

// Frequent operations do not allocate.
func TestAllocations(t *testing.T) {
	for _, policy := range benchPolicies {
		for _, pools := range []int{1, 7} {
			w := newWorkload(policy, pools, 300)
			w.registerAll()
			list := make([]*Element, 0, 8)
			b := make([]byte, 0, 1024)
			now := w.clock
			k := uint32(0)
			for name, op := range map[string]func(){
				"hr1":  func() { list, _ = w.h.Resolve(w.handles[k%w.pools], 1, list[:0]) },
				"hr3":  func() { list, _ = w.h.Resolve(w.handles[k%w.pools], 3, list[:0]) },
				"find": func() { w.h.Find(w.handles[k%w.pools], wire.PEID(mix32(k%w.total+1))) },
				"encoded": func() {
					e := w.h.Find(w.handles[k%w.total%w.pools], wire.PEID(mix32(k%w.total+1)))
					b = append(b[:0], e.Encoded()...)
					b = append(b, e.EncodedPolicy()...)
					b = e.AppendWithASAP(b)
				},
				"rereg": func() { w.register(mix32(k)%w.total, k) },
				"adopt": func() {
					e := w.h.Find(w.handles[k%w.total%w.pools], wire.PEID(mix32(k%w.total+1)))
					w.h.SetOwner(e, benchRegistrar+wire.ServerID(k%2))
					w.h.Adopt(now, e, benchRegistrar+wire.ServerID(k%3), Association(k%5))
				},
				"timer": func() {
					now = now.Add(time.Second)
					for e, _ := w.h.PopExpired(now); e != nil; e, _ = w.h.PopExpired(now) {
						w.h.SetTimer(e, 1, now.Add(time.Minute))
					}
				},
				"walk": func() {
					for e := range w.h.OwnedBy(benchRegistrar) {
						k += uint32(e.State)
					}
				},
				"table":    func() { list, _, _ = w.h.Extract(TableOf(benchRegistrar), 8, list[:0]) },
				"checksum": func() { k += uint32(w.h.Checksum(benchRegistrar) & 1) },
			} {
				for range 2000 { // Growth to a steady state may allocate.
					k++
					op()
				}
				if n := testing.AllocsPerRun(500, func() { k++; op() }); n != 0 {
					t.Errorf("%v, %d pools, %s: %v allocations", policy, pools, name, n)
				}
			}
		}
	}
}

// BenchmarkMillion measures a million elements in 1000 pools: building, resolution, a
// walk, reading in blocks, takeover of a third, garbage collection and removal. Times are
// CPU time, including the garbage collector; the time of a collection is wall time.
func BenchmarkMillion(b *testing.B) {
	for _, policy := range benchPolicies {
		b.Run(policy.String(), func(b *testing.B) {
			for b.Loop() {
				before := heapInUse()
				w := newWorkload(policy, 1000, 1000)
				report := func(name string, f func() int) {
					w.phase(name, f)
					b.ReportMetric(float64(w.cpu[name].Nanoseconds())/float64(w.ops[name]), name+"-ns")
				}
				report("build", w.registerAll)
				b.ReportMetric(float64(heapInUse()-before)/float64(w.total), "B/element")
				report("hr3", func() int { return w.resolve(3) })
				report("walk", func() int {
					n := 0
					for e := range w.h.Elements() {
						n += int(e.State) + 1
					}
					return n
				})
				report("table", func() int { return w.tables(1, 0) })
				report("takeover", func() int {
					n := 0
					for e := range w.h.OwnedBy(benchRegistrar + 1) {
						w.h.SetOwner(e, benchRegistrar)
						w.h.SetTimer(e, 2, w.clock.Add(5*time.Second))
						n++
					}
					return n
				})
				start := time.Now()
				runtime.GC()
				b.ReportMetric(float64(time.Since(start).Milliseconds()), "GC-ms")
				report("remove", w.deregisterAll)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
