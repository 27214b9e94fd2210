package handlespace

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// A pool of many blocks stays in order under all kinds of changes.
func TestRankingOfManyBlocks(t *testing.T) {
	t.Parallel()
	for _, spread := range []uint32{1, 50, math.MaxUint32} {
		t.Run(fmt.Sprint(spread), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(5, uint64(spread)))
			s := &sorted{}
			var model []*Element // in order of the last use
			for step := range 40000 {
				// The pool grows, and then shrinks to nothing.
				grow := step < 20000
				switch op := rnd.IntN(10); {
				case len(model) == 0 || grow && op < 4:
					e := &Element{id: wire.PEID(step), base: rnd.Uint32N(spread), step: rnd.Uint32N(3)}
					s.add(e)
					model = append(model, e)
				case !grow && op < 4:
					i := rnd.IntN(len(model))
					if rnd.IntN(3) == 0 {
						i = 0
					}
					s.remove(model[i])
					model = slices.Delete(model, i, i+1)
				case op < 7:
					e := model[rnd.IntN(len(model))]
					e.degraded = 0
					s.update(e, rnd.Uint32N(spread), rnd.Uint32N(3))
				case step%40 == 0:
					n := 1 + rnd.IntN(min(200, len(model)))
					model = pickNaively(t, s, model, n, rnd.IntN(min(n, 3)+1))
				}
				if step%500 == 0 && len(model) > 0 {
					checkRanking(t, s, len(model))
				}
			}
		})
	}
}

func pickNaively(t *testing.T, s *sorted, model []*Element, n, used int) []*Element {
	t.Helper()
	want := slices.Clone(model)
	slices.SortStableFunc(want, func(a, b *Element) int {
		return cmp.Compare(saturate(uint64(a.base)+uint64(a.degraded)), saturate(uint64(b.base)+uint64(b.degraded)))
	})
	want = want[:n]
	if got := s.pick(n, used, nil); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", ids(got), ids(want))
	}
	for _, e := range want[:used] {
		i := slices.Index(model, e)
		model = append(slices.Delete(model, i, i+1), e)
	}
	return model
}

func checkRanking(t *testing.T, s *sorted, want int) {
	t.Helper()
	n, last := 0, uint64(0)
	for i, b := range s.blocks {
		for j, x := range b.ranked {
			e := x.e
			n++
			if x.key != e.key || e.key <= last || e.key < s.floors[i] || i > 0 && j == 0 && last > s.floors[i] {
				t.Fatalf("%v is misplaced", e.id)
			}
			last = e.key
		}
	}
	if n != want || s.floors[0] != 0 {
		t.Fatalf("%d elements, want %d; first floor %d", n, want, s.floors[0])
	}
	if max := 4 + 6*n/rankBlockLen; len(s.blocks) > max {
		t.Fatalf("%d blocks for %d elements, want at most %d", len(s.blocks), n, max)
	}
}

// Exhausted turn numbers leave the order unchanged.
func TestTurnsStartAnew(t *testing.T) {
	t.Parallel()
	var got [2][]uint32
	for i, turn := range []uint32{0, math.MaxUint32 - 450} {
		h := newTest()
		for id := range wire.PEID(200) {
			pe := testElement(id + 1)
			pe.Policy = wire.Policy{Type: wire.LeastUsed, Load: uint32(id) / 70}
			mustRegister(t, h, "pool", pe)
			if id == 0 {
				h.Pool("pool").order.(*sorted).turn += turn
			}
		}
		for range 600 {
			list, err := h.Resolve("pool", 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = append(got[i], ids(list)...)
		}
		if last := h.Pool("pool").order.(*sorted).turn; turn > 0 && last > 1000 {
			t.Errorf("turn %d: the numbers did not start anew", last)
		}
	}
	if !slices.Equal(got[0], got[1]) {
		t.Error("the order is another one")
	}
}
