package references

import (
	"math/rand/v2"
	"slices"
)

// rounds is the number of disturbances from which improve looks for a better order.
const rounds = 300

// greedyOrder takes, again and again, the file with the largest surplus of references to it over references from it,
// among the files that are left (Eades, Lin and Smyth).
func greedyOrder(weight [][]int) []int {
	var left, files []int
	for v := range weight {
		left = append(left, v)
	}
	for len(left) > 0 {
		best, bestSurplus := 0, 0
		for i, v := range left {
			surplus := 0
			for _, w := range left {
				surplus += weight[w][v] - weight[v][w]
			}
			if i == 0 || surplus > bestSurplus {
				best, bestSurplus = i, surplus
			}
		}
		files = append(files, left[best])
		left = slices.Delete(left, best, best+1)
	}
	return files
}

// improve returns an order that moving a single file does not improve. It starts from files, and then from the best
// order with a few files displaced. The random numbers are the same in each run.
func improve(weight [][]int, files []int) []int {
	best := slices.Clone(files)
	moveFiles(weight, best)
	fewest := backReferences(weight, best)
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		next := slices.Clone(best)
		for range 3 {
			moveFile(next, random.IntN(len(next)), random.IntN(len(next)))
		}
		moveFiles(weight, next)
		if n := backReferences(weight, next); n <= fewest {
			best, fewest = next, n
		}
	}
	return best
}

// moveFiles moves single files to their best positions until no move helps.
func moveFiles(weight [][]int, files []int) {
	for moved := true; moved; {
		moved = false
		for from := range files {
			if to, gain := bestMove(weight, files, from); gain > 0 {
				moveFile(files, from, to)
				moved = true
			}
		}
	}
}

// bestMove returns the best position for the file at index from, and the number of back references that the move saves.
func bestMove(weight [][]int, files []int, from int) (to, gain int) {
	v := files[from]
	to = from
	saved := 0
	for i := from - 1; i >= 0; i-- { // v passes before files[i]
		saved += weight[files[i]][v] - weight[v][files[i]]
		if saved > gain {
			to, gain = i, saved
		}
	}
	saved = 0
	for i := from + 1; i < len(files); i++ {
		saved += weight[v][files[i]] - weight[files[i]][v]
		if saved > gain {
			to, gain = i, saved
		}
	}
	return to, gain
}

// moveFile moves the file at index from to index to.
func moveFile(files []int, from, to int) {
	v := files[from]
	if from < to {
		copy(files[from:to], files[from+1:to+1])
	} else {
		copy(files[to+1:from+1], files[to:from])
	}
	files[to] = v
}
