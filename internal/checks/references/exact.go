package references

import (
	"math/bits"
	"slices"
)

// exactLimit is the largest number of files that orderExactly takes: time and memory double with each file.
const exactLimit = 20

// halfBits is the number of files in each half of a set.
const halfBits = exactLimit / 2

// A fileSet is a set of files, with a bit for each.
type fileSet uint32

// orderExactly returns an order with the fewest back references, by dynamic programming over sets of files (Held and
// Karp).
func orderExactly(weight [][]int) []int {
	n := len(weight)
	into := newInflow(weight)
	best := make([]int32, 1<<n) // fewest back references within the set
	for set := fileSet(1); set < 1<<n; set++ {
		best[set] = 1<<31 - 1
		for rest := set; rest != 0; rest &= rest - 1 {
			last := bits.TrailingZeros32(uint32(rest))
			before := set &^ (1 << last)
			best[set] = min(best[set], best[before]+into.from(before, last))
		}
	}
	var files []int
	for set := fileSet(1<<n - 1); set != 0; {
		for last := n - 1; last >= 0; last-- {
			before := set &^ (1 << last)
			if before != set && best[set] == best[before]+into.from(before, last) {
				files = append(files, last)
				set = before
				break
			}
		}
	}
	slices.Reverse(files)
	return files
}

// An inflow holds the number of references from each set of files to each file. A set is two halves, so that the table
// stays small.
type inflow struct {
	low, high [][]int32 // by file, then by half a set
}

// newInflow prepares the sums of weight.
func newInflow(weight [][]int) *inflow {
	n := len(weight)
	f := new(inflow)
	for to := range n {
		low, high := make([]int32, 1<<halfBits), make([]int32, 1<<halfBits)
		for half := 1; half < 1<<halfBits; half++ {
			first, rest := bits.TrailingZeros(uint(half)), half&(half-1)
			low[half], high[half] = low[rest], high[rest]
			if first < n {
				low[half] += int32(weight[first][to])
			}
			if first+halfBits < n {
				high[half] += int32(weight[first+halfBits][to])
			}
		}
		f.low, f.high = append(f.low, low), append(f.high, high)
	}
	return f
}

// from returns the number of references from the files of set to the file to.
func (f *inflow) from(set fileSet, to int) int32 {
	return f.low[to][set&(1<<halfBits-1)] + f.high[to][set>>halfBits]
}
