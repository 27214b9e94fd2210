package machine

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// rank is the reason to try a registrar.
type rank uint8

const (
	rankTrusted   rank = iota // likely to live, and configured or once the home
	rankAnnounced             // likely to live, by announces that anybody can send
	rankSilent                // not likely to live
	ranks
)

// rankOf returns the rank of a registrar, whose announces count for a timeout.
func rankOf(now time.Time, r *registrar, timeout time.Duration) rank {
	switch {
	case !r.lostHome && !r.isHeard(now, timeout):
		return rankSilent
	case r.isConfigured() || r.proven:
		return rankTrusted
	}
	return rankAnnounced
}

const (
	// maxParallelDials is the number of registrars that are tried at a time (RFC 5352,
	// 3.6).
	maxParallelDials = 3
	// maxDials bounds the attempts under way, unless registrars change their rank
	// meanwhile. Each rank has a reserved place: anybody can announce registrars.
	maxDials = 2*maxParallelDials + 1
)

// places counts the attempts under way in each rank.
type places [ranks]int

// hasPlace reports whether another registrar of a rank may be tried.
func (p *places) hasPlace(g rank) bool {
	shared := 0 // attempts beyond the reserved places
	for _, n := range p {
		shared += max(0, n-1)
	}
	return p[g] == 0 || shared < maxDials-int(ranks)
}

// sortByRank puts trusted registrars in front, then registrars with few failures, and among
// equals the registrars that are likely to live. The order is random otherwise, so that every
// registrar has its turn, however many others announce themselves.
func sortByRank(now time.Time, list []*registrar, timeout time.Duration, random *rand.Rand) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	slices.SortStableFunc(list, func(a, b *registrar) int {
		x, y := rankOf(now, a, timeout), rankOf(now, b, timeout)
		if a.failures == b.failures || x != y && (x == rankTrusted || y == rankTrusted) {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.failures, b.failures)
	})
}
