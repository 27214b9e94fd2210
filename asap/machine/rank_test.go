package machine

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step/steptest"
)

// TestRankOf shows how much speaks for a registrar.
func TestRankOf(t *testing.T) {
	t.Parallel()
	const timeout = 5 * time.Second
	now := steptest.Begin
	never, lately, before := time.Time{}, now.Add(1-timeout), now.Add(-timeout)
	later := now.Add(time.Hour)
	for name, c := range map[string]struct {
		r    registrar
		want rank
	}{
		"configured, silent":       {registrar{heard: never}, rankSilent},
		"configured, heard":        {registrar{heard: lately}, rankTrusted},
		"configured, heard before": {registrar{heard: before}, rankSilent},
		"configured, lost":         {registrar{lostHome: true}, rankTrusted},
		"announced":                {registrar{expires: later, heard: lately}, rankAnnounced},
		"announced before":         {registrar{expires: later, heard: before}, rankSilent},
		"proven":                   {registrar{expires: later, heard: lately, proven: true}, rankTrusted},
		"proven, silent":           {registrar{expires: later, heard: before, proven: true}, rankSilent},
		"announced, lost":          {registrar{expires: later, heard: before, proven: true, lostHome: true}, rankTrusted},
	} {
		if got := rankOf(now, &c.r, timeout); got != c.want {
			t.Errorf("%s: rank %d, want %d", name, got, c.want)
		}
	}
}

// TestPlaces shows that a rank has a reserved place, and that ranks share the others.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		underWay places
		want     [ranks]bool
	}{
		{places{0, 0, 0}, [ranks]bool{true, true, true}},
		{places{0, 4, 0}, [ranks]bool{true, true, true}},
		{places{0, 5, 0}, [ranks]bool{true, false, true}},
		{places{1, 5, 0}, [ranks]bool{false, false, true}},
		{places{0, 5, 1}, [ranks]bool{true, false, false}},
		{places{1, 5, 1}, [ranks]bool{false, false, false}},
		{places{3, 2, 1}, [ranks]bool{true, true, true}},
		{places{3, 2, 2}, [ranks]bool{false, false, false}},
		{places{0, 0, 9}, [ranks]bool{true, true, false}}, // Their rank has changed.
	} {
		for g := range ranks {
			if got := c.underWay.hasPlace(g); got != c.want[g] {
				t.Errorf("%v under way: place for rank %d: %v", c.underWay, g, got)
			}
		}
	}
}

// TestPlacesBound starts attempts for all ranks in each order, as long as there is a place.
func TestPlacesBound(t *testing.T) {
	t.Parallel()
	var start func(p places, n int)
	start = func(p places, n int) {
		if n > maxDials {
			t.Fatalf("%v under way", p)
		}
		full := true
		for g := range ranks {
			if p.hasPlace(g) {
				full = false
				next := p
				next[g]++
				start(next, n+1)
			}
		}
		if full && (n != maxDials || p[rankTrusted] == 0 || p[rankAnnounced] == 0 || p[rankSilent] == 0) {
			t.Fatalf("full with %v", p)
		}
	}
	start(places{}, 0)
}

// TestSortByRank shows the order in which registrars are tried, and that equals take turns.
func TestSortByRank(t *testing.T) {
	t.Parallel()
	const timeout = 5 * time.Second
	now, later := steptest.Begin, steptest.Begin.Add(time.Hour)
	random := seeded()
	first := make(map[*registrar]int)
	trusted := []*registrar{
		{id: 1, heard: now}, {id: 2, heard: now}, {id: 3, heard: now, expires: later, proven: true},
	}
	failing := &registrar{id: 4, heard: now, failures: 3}               // trusted
	fresh := &registrar{id: 5, heard: now, expires: later}              // announced
	silent := &registrar{id: 6}                                         // silent
	tried := &registrar{id: 7, heard: now, expires: later, failures: 1} // announced
	silentTried := &registrar{id: 8, failures: 1}                       // silent
	want := []*registrar{nil, nil, nil, failing, fresh, silent, tried, silentTried}
	for range 300 {
		list := []*registrar{silentTried, tried, trusted[2], silent, fresh, failing, trusted[0], trusted[1]}
		sortByRank(now, list, timeout, random)
		first[list[0]]++
		for i, r := range list {
			if i >= len(trusted) && r != want[i] {
				t.Fatalf("place %d: registrar %v, want %v", i, r.id, want[i].id)
			}
		}
	}
	for _, r := range trusted {
		if n := first[r]; n < 50 {
			t.Errorf("registrar %v is the first of 300 times %d times", r.id, n)
		}
	}
}
