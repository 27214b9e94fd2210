package sim

import (
	"flag"
	"runtime"
	"slices"
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
	var mutex sync.Mutex
	var settled []time.Duration
	next.Store(*first)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < *first+n; seed = next.Add(1) - 1 {
				took := report(t, seed, nil)
				mutex.Lock()
				settled = append(settled, took)
				mutex.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(settled)
	t.Logf("%d seeds; half of them settled within %v, 99 %% within %v, and all within %v",
		n, settled[len(settled)/2], settled[len(settled)*99/100], settled[len(settled)-1])
}

func report(t *testing.T, seed uint64, trace func(string)) time.Duration {
	w, settled := RunMixed(seed, trace)
	for _, v := range w.Violations() {
		t.Errorf("seed %d: %s", seed, v)
	}
	if len(w.Violations()) > 0 {
		t.Errorf("to see it again: go test ./registrar/internal/sim -run Sim -seed=%d -v", seed)
	}
	return settled
}
