package sim

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run this seed only; with -v its transcript is printed")
	seeds   = flag.Uint64("seeds", 0, "how many seeds to run; 0: as many as fit into CI")
	first   = flag.Uint64("first", 1, "the first of them")
)

// TestSim breaks many worlds in all ways, and sees whether they mend.
func TestSim(t *testing.T) {
	if *oneSeed != 0 {
		var trace func(string)
		if testing.Verbose() {
			trace = func(line string) { t.Log(line) }
		}
		report(t, *oneSeed, trace)
		return
	}
	n := *seeds
	if n == 0 {
		n = 1000
		if testing.Short() || raceDetector {
			n = 50
		}
	}
	var next atomic.Uint64
	var slowest atomic.Int64
	next.Store(*first)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < *first+n; seed = next.Add(1) - 1 {
				took := report(t, seed, nil)
				for old := slowest.Load(); int64(took) > old && !slowest.CompareAndSwap(old, int64(took)); old = slowest.Load() {
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds; the slowest settled after %v", n, time.Duration(slowest.Load()))
}

func report(t *testing.T, seed uint64, trace func(string)) time.Duration {
	w, settled := Mixed(seed, trace)
	for _, v := range w.Violations() {
		t.Errorf("seed %d: %s", seed, v)
	}
	if len(w.Violations()) > 0 {
		t.Errorf("to see it again: go test ./registrar/sim -run Sim -seed=%d -v", seed)
	}
	return settled
}
