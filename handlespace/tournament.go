package handlespace

import "math"

// tournament finds the least of a number of keys, any of which may change: each 8
// neighbours play for the place above. Reading a whole group costs less than foreseeing
// who wins.
type tournament [][]uint64 // the keys, and the winners of the round before

const (
	tournamentWidth = 8
	never           = math.MaxUint64 // a key that loses
)

// newTournament makes n keys, a multiple of the width.
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
