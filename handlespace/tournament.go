package handlespace

import "math"

// tournament finds the least key of an array whose keys change. It is a tree in which
// each node holds the minimum of a group of 8 nodes below. A change recomputes the
// minimum of each group on the path to the root. Reading whole groups is faster than
// branches that the processor cannot predict.
type tournament [][]uint64 // level 0: the keys; level i+1: the minima of level i

const (
	tournamentWidth = 8
	never           = math.MaxUint64 // greater than every key in use
)

// newTournament makes a tournament of n keys, a multiple of the width. All keys are never.
func newTournament(n int) tournament {
	var t tournament
	for ; ; n = (n/tournamentWidth + tournamentWidth - 1) / tournamentWidth * tournamentWidth {
		keys := make([]uint64, n)
		for i := range keys {
			keys[i] = never
		}
		if t = append(t, keys); n == tournamentWidth {
			return append(t, []uint64{never})
		}
	}
}

// first returns the least key.
func (t tournament) first() uint64 { return t[len(t)-1][0] }

// set changes the key at i.
func (t tournament) set(i int, key uint64) {
	t[0][i] = key
	for level := 1; level < len(t); level++ {
		i /= tournamentWidth
		g := (*[tournamentWidth]uint64)(t[level-1][i*tournamentWidth:])
		key = min(min(g[0], g[1], g[2], g[3]), min(g[4], g[5], g[6], g[7]))
		t[level][i] = key
	}
}
