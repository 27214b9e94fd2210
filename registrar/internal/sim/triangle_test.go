package sim

import (
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// triangle is a world in which two registrars cannot reach each other, while the others,
// the elements and the users reach all.
type triangle struct {
	t       *testing.T
	w       *World
	cut     *Cut
	homes   map[*Element]wire.ServerID
	changes map[*Element]int // of the home
	nowhere int              // how often an element was seen in no handlespace
	missed  int              // how often one was seen to be missing in some handlespace
	seen    []*Registrar     // whose handlespaces count for missed
}

func newTriangle(t *testing.T, seed uint64, change func(*Config)) *triangle {
	w := settledWorld(t, func(c *Config) {
		c.Seed, c.StaticRegistrars, c.Users = seed, true, 6 // So that elements are spread over the registrars.
		change(c)
	})
	a, b := w.registrars[0].host, w.registrars[1].host
	tr := &triangle{t: t, w: w, homes: make(map[*Element]wire.ServerID), changes: make(map[*Element]int), seen: w.registrars}
	tr.cut = w.cut("pr1 from pr2", func(from, to *host) bool { return from == a && to == b || from == b && to == a })
	return tr
}

// run lets time pass and looks where the elements are.
func (tr *triangle) run(d time.Duration) {
	for end := tr.w.Now() + d; tr.w.Now() < end; tr.w.Run(10 * time.Millisecond) {
		for _, e := range tr.w.elements {
			if id, has := e.machine.Home(); has && id != 0 && id != tr.homes[e] {
				if tr.homes[e] != 0 {
					tr.changes[e]++
				}
				tr.homes[e] = id
			}
			known := func(r *Registrar) bool { return r.Serving() && r.Handlespace().Find(e.pool, e.id) != nil }
			if !slices.ContainsFunc(tr.w.registrars, known) {
				tr.nowhere++
			}
			if slices.ContainsFunc(tr.seen, func(r *Registrar) bool { return r.Serving() && !known(r) }) {
				tr.missed++
			}
		}
	}
	for _, u := range tr.w.users {
		if tr.w.Now()-u.resolved > 3*useInterval {
			tr.t.Errorf("%v: %s: no resolution is answered since %v", tr.w.Now(), u.host.name, u.resolved)
		}
	}
}

// mend ends the cut: all is as it should be a while later, and nothing has moved.
func (tr *triangle) mend(while time.Duration) {
	tr.t.Helper()
	tr.cut.Heal()
	tr.run(while)
	awaitSettled(tr.t, tr.w, 0)
	tr.expect(0)
}

// expect checks how often an element has changed its home at most, and that none was
// missing.
func (tr *triangle) expect(changes int) {
	tr.t.Helper()
	most := 0
	for _, n := range tr.changes {
		most = max(most, n)
	}
	if most > changes || tr.nowhere > 0 || tr.missed > 0 || len(tr.w.Violations()) > 0 {
		tr.t.Errorf("an element has changed its home %d times; seen nowhere %d times, missing somewhere %d times; %v",
			most, tr.nowhere, tr.missed, tr.w.Violations())
	}
}

// The cut stays: nothing moves, and each side has the other's elements by the third
// registrar.
func TestTriangle(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for seed := uint64(1); seed <= 6; seed++ {
			tr := newTriangle(t, seed, func(c *Config) { p.change(c); c.Registrars = 3 + int(seed%2) })
			tr.run(6 * time.Minute)
			tr.expect(0)
			tr.mend(p.takeover)
		}
	}
}

// The same with elements whose registration life is over before the third registrar's next
// table comes.
func TestTriangleShortLives(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for seed := uint64(1); seed <= 4; seed++ {
			tr := newTriangle(t, seed, func(c *Config) {
				p.change(c)
				c.Interval = min(p.takeover, 6*time.Second)
			})
			tr.run(3 * time.Minute)
			tr.expect(0)
		}
	}
}

// A registrar is cut off from all others but one: that one tells the others.
func TestTriangleOneHears(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for seed := uint64(1); seed <= 6; seed++ {
			tr := newTriangle(t, seed, func(c *Config) { p.change(c); c.Registrars, c.StaticPeers = 6, true })
			apart, hears := tr.w.registrars[0].host, tr.w.registrars[1].host
			parted := func(h *host) bool {
				return h != hears && slices.ContainsFunc(tr.w.registrars, func(r *Registrar) bool { return r.host == h })
			}
			tr.cut.Heal()
			tr.cut = tr.w.cut("pr1 from all but pr2", func(from, to *host) bool {
				return (from == apart || to == apart) && parted(from) && parted(to)
			})
			tr.run(4 * time.Minute)
			tr.expect(0)
			tr.mend(p.takeover)
		}
	}
}

// While the cut is there, elements come and go at one side: the other hears of it.
func TestTriangleChanges(t *testing.T) {
	t.Parallel()
	tr := newTriangle(t, 1, func(*Config) {})
	tr.run(time.Minute)
	for _, e := range tr.w.elements[:6] {
		e.Crash(false)
	}
	tr.w.Run(time.Minute)
	for _, e := range tr.w.elements[:3] {
		e.NewID()
		e.Start()
	}
	tr.w.Run(time.Minute)
	for _, r := range tr.w.registrars {
		if n := r.Handlespace().Len(); n != 27 {
			t.Errorf("%s has %d elements", r.host.name, n)
		}
	}
	tr.cut.Heal()
	awaitSettled(t, tr.w, 12*time.Second)
}

// One of the two that are parted dies: who hears it no more takes over.
func TestTriangleTakeover(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for i := range 3 {
			tr := newTriangle(t, 1, p.change)
			tr.run(time.Minute)
			dead := tr.w.registrars[i]
			dead.Crash(true)
			if i == 2 {
				// Nobody can tell the others of each other any more.
				tr.seen = nil
			}
			tr.run(time.Minute)
			for _, e := range tr.w.elements {
				if tr.homes[e] == dead.id {
					t.Errorf("%s: %s has no home", p.name, e.host.name)
				}
			}
			tr.expect(2)
			tr.cut.Heal()
			awaitSettled(t, tr.w, p.takeover)
		}
	}
}

// The third one goes and comes back, again and again: each time the elements may move
// since nobody tells the others that they live; but they do not move by themselves.
func TestTriangleThird(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		tr := newTriangle(t, 1, p.change)
		tr.seen = nil
		for range 3 {
			tr.w.registrars[2].Crash(true)
			tr.run(time.Minute)
			tr.expect(2)
			tr.w.registrars[2].Start()
			clear(tr.changes)
			tr.run(time.Minute)
			tr.expect(1)
			clear(tr.changes)
			tr.run(3 * time.Minute)
			tr.expect(0)
		}
		tr.cut.Heal()
		awaitSettled(t, tr.w, p.takeover)
	}
}
