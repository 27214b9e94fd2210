package references

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// randomWeights returns weights of n files, of which about a share of the pairs refer to each other.
func randomWeights(random *rand.Rand, n int, share float64) [][]int {
	weight := make([][]int, n)
	for from := range weight {
		weight[from] = make([]int, n)
		for to := range weight[from] {
			if from != to && random.Float64() < share {
				weight[from][to] = 1 + random.IntN(9)
			}
		}
	}
	return weight
}

// fewest returns the fewest back references of all orders that begin with files, by trying each.
func fewest(weight [][]int, files []int) int {
	if len(files) == len(weight) {
		return backReferences(weight, files)
	}
	best := -1
	for v := range weight {
		if !slices.Contains(files, v) {
			if n := fewest(weight, append(slices.Clone(files), v)); best < 0 || n < best {
				best = n
			}
		}
	}
	return best
}

// checkOrder reports an error if files is no order of all files of weight.
func checkOrder(t *testing.T, weight [][]int, files []int) {
	t.Helper()
	sorted := slices.Sorted(slices.Values(files))
	for i, v := range sorted {
		if i != v || len(sorted) != len(weight) {
			t.Fatalf("%v is no order of %d files", files, len(weight))
		}
	}
}

func TestOrderIsBest(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for n := range 7 {
		for _, share := range []float64{0.1, 0.3, 0.9} {
			weight := randomWeights(random, n, share)
			files, circle := order(weight)
			checkOrder(t, weight, files)
			if got, want := backReferences(weight, files), fewest(weight, nil); got != want {
				t.Errorf("%v: %d back references in %v, want %d", weight, got, files, want)
			}
			if want := largestCircle(weight); circle != want {
				t.Errorf("%v: circle of %d, want %d", weight, circle, want)
			}
		}
	}
}

// largestCircle counts, for each file, the files that it reaches and that reach it.
func largestCircle(weight [][]int) int {
	n := len(weight)
	reach := make([][]bool, n)
	for v := range n {
		reach[v] = make([]bool, n)
		for w := range n {
			reach[v][w] = v == w || weight[v][w] > 0
		}
	}
	for k := range n {
		for v := range n {
			for w := range n {
				reach[v][w] = reach[v][w] || reach[v][k] && reach[k][w]
			}
		}
	}
	largest := 0
	for v := range n {
		size := 0
		for w := range n {
			if reach[v][w] && reach[w][v] {
				size++
			}
		}
		largest = max(largest, size)
	}
	return largest
}

// TestOrderOfLayers has more files than orderExactly takes, but no circles.
func TestOrderOfLayers(t *testing.T) {
	t.Parallel()
	const n = 40
	weight := make([][]int, n)
	for from := range weight {
		weight[from] = make([]int, n)
		for to := from + 1; to < n; to++ {
			weight[from][to] = 1 // the last file is the foundation
		}
	}
	files, circle := order(weight)
	checkOrder(t, weight, files)
	if back := backReferences(weight, files); back != 0 || circle != 1 {
		t.Errorf("%d back references, circle of %d, in %v", back, circle, files)
	}
}

func TestLargestExactOrder(t *testing.T) {
	t.Parallel()
	weight := randomWeights(rand.New(rand.NewPCG(5, 6)), exactLimit, 0.3)
	exact := orderExactly(weight)
	checkOrder(t, weight, exact)
	heuristic := improve(weight, greedyOrder(weight))
	checkOrder(t, weight, heuristic)
	if got, want := backReferences(weight, heuristic), backReferences(weight, exact); got != want {
		t.Errorf("%d back references by moves, %d exactly", got, want)
	}
}

func TestHeuristicOrderOfCircles(t *testing.T) {
	t.Parallel()
	const n = 30 // a ring: the best order breaks its weakest link
	weight := make([][]int, n)
	for from := range weight {
		weight[from] = make([]int, n)
		weight[from][(from+1)%n] = 3
	}
	weight[11][12] = 2
	files, circle := order(weight)
	checkOrder(t, weight, files)
	if back := backReferences(weight, files); back != 2 || circle != n {
		t.Errorf("%d back references, circle of %d, in %v", back, circle, files)
	}
}

func TestBestMoveGains(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		weight := randomWeights(random, 6, 0.5)
		files, from := random.Perm(6), random.IntN(6)
		before := backReferences(weight, files)
		to, gain := bestMove(weight, files, from)
		for i := range files {
			moved := slices.Clone(files)
			moveFile(moved, from, i)
			saved := before - backReferences(weight, moved)
			if saved > gain || i == to && saved != gain {
				t.Fatalf("%v, %v: moving %d to %d saves %d, best is %d saving %d", weight, files, from, i, saved, to, gain)
			}
		}
	}
}
