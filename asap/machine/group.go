package machine

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// group is the reason to try a registrar.
type group uint8

const (
	groupTrusted   group = iota // likely to live, and configured or once the home
	groupAnnounced              // likely to live, by announces that anybody can send
	groupSilent                 // not likely to live
	groups
)

// groupOf returns the group of a registrar, whose announces count for a timeout.
func groupOf(now time.Time, r *registrar, timeout time.Duration) group {
	switch {
	case !r.lostHome && !r.isHeard(now, timeout):
		return groupSilent
	case r.isConfigured() || r.proven:
		return groupTrusted
	}
	return groupAnnounced
}

const (
	// maxParallelDials is the number of registrars that are tried at a time (RFC 5352,
	// 3.6).
	maxParallelDials = 3
	// maxDials bounds the attempts under way, unless registrars change their group
	// meanwhile. Each group has a reserved place: anybody can announce registrars.
	maxDials = 2*maxParallelDials + 1
)

// places counts the attempts under way in each group.
type places [groups]int

// hasPlace reports whether another registrar of a group may be tried.
func (p *places) hasPlace(g group) bool {
	shared := 0 // attempts beyond the reserved places
	for _, n := range p {
		shared += max(0, n-1)
	}
	return p[g] == 0 || shared < maxDials-int(groups)
}

// sortByGroup puts trusted registrars in front, then registrars with few failures, and among
// equals the registrars that are likely to live. The order is random otherwise, so that every
// registrar has its turn, however many others announce themselves.
func sortByGroup(now time.Time, list []*registrar, timeout time.Duration, random *rand.Rand) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	slices.SortStableFunc(list, func(a, b *registrar) int {
		x, y := groupOf(now, a, timeout), groupOf(now, b, timeout)
		if a.failures == b.failures || x != y && (x == groupTrusted || y == groupTrusted) {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.failures, b.failures)
	})
}
