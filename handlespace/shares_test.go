package handlespace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

func registerWeight(t testing.TB, h *Handlespace, id wire.PEID, weight uint32) {
	t.Helper()
	pe := testElement(id)
	pe.Policy = wire.Policy{Type: wire.WeightedRoundRobin, Weight: weight}
	mustRegister(t, h, "pool", pe)
}

// uses returns the first element of each of n resolutions of h items.
func uses(t testing.TB, hs *Handlespace, n, h int) []wire.PEID {
	t.Helper()
	out := make([]wire.PEID, n)
	list := make([]*Element, 0, 64)
	for i := range out {
		var err error
		if list, err = hs.Resolve("pool", h, list[:0]); err != nil {
			t.Fatal(err)
		}
		out[i] = list[0].ID()
	}
	return out
}

// checkShares checks that each window as long as the sum of the weights has each element
// as often as its weight says. It returns the greatest difference between the uses of an
// element and its even share.
func checkShares(t *testing.T, seq []wire.PEID, weights map[wire.PEID]int) (worst float64) {
	t.Helper()
	sum := 0
	for _, w := range weights {
		sum += w
	}
	counts := map[wire.PEID]int{}
	for i, id := range seq {
		counts[id]++
		if i >= sum {
			counts[seq[i-sum]]--
		}
		if i < sum-1 {
			continue
		}
		for id, w := range weights {
			if counts[id] != w {
				t.Fatalf("window at %d has %v %d times, want %d", i-sum+1, id, counts[id], w)
			}
		}
	}
	clear(counts)
	for i, id := range seq[:sum] {
		counts[id]++
		for id, w := range weights {
			worst = max(worst, math.Abs(float64(counts[id])-float64((i+1)*w)/float64(sum)))
		}
	}
	return worst
}

func TestSharesAreExactAndEven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		weights []uint32
		worst   float64
	}{
		"one":                  {[]uint32{7}, 0},
		"equal":                {slices.Repeat([]uint32{3}, 50), 1},
		"vector":               {[]uint32{1, 2, 4}, 1},
		"vector 2":             {[]uint32{5, 3, 2}, 1},
		"zero":                 {[]uint32{0, 1, 2}, 1},
		"heavy":                {append(slices.Repeat([]uint32{1}, 100), 100), 1},
		"two heavy":            {append(slices.Repeat([]uint32{1}, 20), 200, 200), 1},
		"all others":           {sequence(1, 60), 3},
		"heavy and all others": {append(sequence(1, 30), 1000), 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTest()
			weights := map[wire.PEID]int{}
			sum := 0
			for i, w := range c.weights {
				registerWeight(t, h, wire.PEID(i+1), w)
				weights[wire.PEID(i+1)] = int(max(1, w))
				sum += int(max(1, w))
			}
			worst := checkShares(t, uses(t, h, 4*sum, 1), weights)
			if worst > c.worst {
				t.Errorf("an element is off its even share by %.2f, want at most %v", worst, c.worst)
			}
			// Asking for more elements does not change which elements are used.
			if worst := checkShares(t, uses(t, h, 4*sum, 3), weights); worst > c.worst+1 {
				t.Errorf("an element is off its even share by %.2f, want at most %v", worst, c.worst+1)
			}
		})
	}
}

func sequence(from, to uint32) []uint32 {
	var out []uint32
	for ; from <= to; from++ {
		out = append(out, from)
	}
	return out
}

// After any history, the shares are exact and evenly distributed.
func TestSharesAfterChanges(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 9))
			h := newTest()
			weights := map[wire.PEID]int{}
			most := 1 + rnd.Uint32N(40)
			for range 200 {
				id := wire.PEID(1 + rnd.IntN(30))
				switch {
				case len(weights) == 0 || rnd.IntN(3) > 0:
					w := 1 + rnd.Uint32N(most)
					registerWeight(t, h, id, w)
					weights[id] = int(w)
				case len(weights) > 1 && weights[id] > 0:
					deregister(h, "pool", id)
					delete(weights, id)
				}
				uses(t, h, rnd.IntN(10), 1+rnd.IntN(5))
			}
			sum := 0
			for _, w := range weights {
				sum += w
			}
			if worst := checkShares(t, uses(t, h, 3*sum, 1+rnd.IntN(4)), weights); worst > 5 {
				t.Errorf("an element is off its even share by %.2f", worst)
			}
		})
	}
}

// An element with an extreme weight does not hide the other elements from a resolution of
// several elements.
func TestSharesOfferOthers(t *testing.T) {
	t.Parallel()
	h := newTest()
	registerWeight(t, h, 1, math.MaxUint32)
	for id := wire.PEID(2); id <= 40; id++ {
		registerWeight(t, h, id, 1)
	}
	for n := 1; n <= 45; n++ {
		list, err := h.Resolve("pool", n, nil)
		if err != nil || len(list) != min(n, 40) || list[0].ID() != 1 {
			t.Fatalf("%d items: got %v, %v", n, ids(list), err)
		}
		slices.SortFunc(list, func(a, b *Element) int { return int(a.ID()) - int(b.ID()) })
		if len(slices.Compact(list)) != min(n, 40) {
			t.Fatalf("%d items: got %v", n, ids(list))
		}
	}
}

// With a greater increment, all returned elements count as used.
func TestSharesWithIncrement(t *testing.T) {
	t.Parallel()
	h := New(Config{Rand: rand.New(rand.NewPCG(1, 2)), MaxIncrement: 3})
	for id := wire.PEID(1); id <= 6; id++ {
		registerWeight(t, h, id, uint32(id))
	}
	counts := map[wire.PEID]int{}
	for range 7000 {
		list, err := h.Resolve("pool", 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			counts[e.ID()]++
		}
	}
	// The heaviest element can have all its 6 of 21 uses, each in another block.
	for id, n := range counts {
		if math.Abs(float64(n)-1000*float64(id)) > 50 {
			t.Errorf("%v was used %d times of 21000", id, n)
		}
	}
}

// Times are rebased before they overflow.
func TestSharesRebase(t *testing.T) {
	t.Parallel()
	h := newTest()
	weights := map[wire.PEID]int{1: 1, 2: 2, 3: 3}
	for id, w := range weights {
		registerWeight(t, h, id, uint32(w))
	}
	checkShares(t, uses(t, h, 6*1000, 2), weights)
	s := h.Pool("pool").order.(*shares)
	if s.now>>placeBits > maxRound {
		t.Errorf("round %d", s.now>>placeBits)
	}
	checkIndexes(t, h)
}
