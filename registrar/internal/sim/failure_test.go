package sim

import (
	"strings"
	"testing"
	"time"
)

// settledWorld returns a world of three registrars, unless told else, and of ten
// elements for each, in which all is as it should be.
func settledWorld(t *testing.T, change func(*Config)) *World {
	t.Helper()
	c := Config{Seed: 7, Registrars: 3, Elements: 30, Users: 2, Pools: 3}
	if change != nil {
		change(&c)
	}
	w := New(c)
	w.Run(5 * time.Second)
	awaitSettled(t, w, 10*time.Second)
	return w
}

// awaitSettled fails if the world is not settled in time.
func awaitSettled(t *testing.T, w *World, limit time.Duration) {
	t.Helper()
	begin := w.Now()
	for err := w.Check(); err != nil; err = w.Check() {
		if w.Now()-begin > limit {
			t.Fatalf("not settled within %v: %v", limit, err)
		}
		w.Run(10 * time.Millisecond)
	}
	if len(w.Violations()) > 0 {
		t.Fatal(w.Violations())
	}
}

// watchAll lets time pass in which no serving registrar may miss any element.
func watchAll(t *testing.T, w *World, d time.Duration) {
	t.Helper()
	for end := w.Now() + d; w.Now() < end; w.Run(10 * time.Millisecond) {
		for _, r := range w.Registrars() {
			if r.Serving() && r.Handlespace().Len() != len(w.Elements()) {
				t.Fatalf("%v: %v has %d elements", w.Now(), r.ID(), r.Handlespace().Len())
			}
		}
	}
}

// profiles are those of the programs, with what they promise: after how long a
// registrar's elements have another home, and a silent element is not offered.
var profiles = []struct {
	name               string
	change             func(*Config)
	takeover, detected time.Duration
}{
	{"default", func(*Config) {}, 12 * time.Second, 10 * time.Second},
	{"fast", (*Config).fast, 2 * time.Second, time.Second},
}

func TestTakeover(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for _, silent := range []bool{false, true} {
			for registrars := 2; registrars <= 4; registrars++ {
				w := settledWorld(t, func(c *Config) { p.change(c); c.Registrars = registrars })
				// Elements would find another home when their association ends, which is
				// not to be what saves them.
				w.config.Network.Verdict = time.Hour
				w.registrars[0].Crash(silent)
				if silent {
					watchAll(t, w, p.takeover)
				}
				awaitSettled(t, w, p.takeover)
			}
		}
	}
}

// When the process of a registrar dies, elements notice it by the next packet, and
// register with another one; that must not make them vanish anywhere.
func TestTakeoverRace(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.registrars[1].Crash(false)
		watchAll(t, w, 2*p.takeover)
		awaitSettled(t, w, 0)
	}
}

func TestTwoOfThree(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.registrars[0].Crash(true)
		w.Run(p.takeover / 3)
		w.registrars[2].Crash(true)
		awaitSettled(t, w, 2*p.takeover)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.registrars[2].Crash(true)
		awaitSettled(t, w, 2*p.takeover)
		for _, newID := range []bool{false, true} {
			if newID {
				w.registrars[2].NewID()
			}
			w.registrars[2].Start()
			awaitSettled(t, w, p.takeover)
			w.registrars[2].Crash(false)
			awaitSettled(t, w, 2*p.takeover)
		}
	}
}

// A registrar that begins anew at once with its old identifier takes its elements
// back: nobody misses them.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.registrars[0].Crash(false)
		w.registrars[0].Start()
		for !w.registrars[0].ready {
			w.Run(time.Millisecond)
		}
		watchAll(t, w, p.takeover)
		awaitSettled(t, w, p.takeover)
	}
}

func TestLeave(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.registrars[0].Leave()
		watchAll(t, w, 2*p.takeover)
		awaitSettled(t, w, 0)
	}
}

func TestHalves(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		for _, oneWay := range []bool{false, true} {
			w := settledWorld(t, func(c *Config) { p.change(c); c.Registrars = 4 })
			half := func(node string) bool { return strings.HasSuffix(node, "1") || strings.HasSuffix(node, "2") }
			cut := w.Partition("halves", half, oneWay)
			w.Run(3 * p.takeover)
			cut.Heal()
			awaitSettled(t, w, 2*p.takeover)
			watchAll(t, w, 3*p.takeover)
		}
	}
}

// An element falls silent: users are not offered it after the promised time.
func TestSilentElement(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		w := settledWorld(t, p.change)
		w.config.Network.Verdict = time.Hour
		for _, e := range w.Elements()[:3] {
			e.Crash(true)
			w.Run(p.detected)
			for _, r := range w.Registrars() {
				if r.Handlespace().Find(e.pool, e.id) != nil {
					t.Errorf("%s: %v has %v after %v", p.name, r.ID(), e.id, p.detected)
				}
			}
		}
		awaitSettled(t, w, p.takeover)
	}
}

// What a seed does must not depend on anything else.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 4; seed++ {
		var transcripts [2]strings.Builder
		for i := range transcripts {
			RunMixed(seed, func(line string) { transcripts[i].WriteString(line + "\n") })
		}
		if transcripts[0].String() != transcripts[1].String() {
			t.Errorf("seed %d has two outcomes", seed)
		}
		if transcripts[0].Len() == 0 {
			t.Errorf("seed %d has no transcript", seed)
		}
	}
}
