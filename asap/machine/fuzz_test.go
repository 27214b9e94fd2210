package machine

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
)

// fuzzOps is the number of operations among which an input chooses.
const fuzzOps = 20

// FuzzClientStep feeds the events that an input describes, and checks the invariants after
// each. A registrar that answers settles everything in the end.
func FuzzClientStep(f *testing.F) {
	for _, seed := range scenarioSeeds(f) {
		f.Add(seed)
	}
	asaptest.AddRandomSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := asaptest.NewInput(data[:min(len(data), asaptest.MaxInput)])
		w := newClientWorld(t, rand.New(in))
		w.Machine = checkedClient{w}
		for in.Len() > 0 {
			w.feedInput(in)
		}
		w.settle()
	})
}

// feedInput carries out the next operation of an input.
func (w *clientWorld) feedInput(in *asaptest.Input) {
	switch w.Random.IntN(fuzzOps) {
	case 0:
		w.Pass(time.Duration(w.Random.Int64N(int64(6 * time.Second))))
	case 1:
		w.Feed(w.bringUp(0))
	case 2:
		if ev := in.Message(w.randomAssoc()); len(w.assocs) > 0 {
			w.Feed(ev)
		}
	case 3:
		if ev, ok := in.Message(0).(Received); ok {
			w.Feed(Heard{Source: asaptest.RandomAddr(w.Random), Message: ev.Message})
		}
	default:
		w.Feed(w.event())
	}
}

// FuzzSessionStep feeds the events that an input describes, and checks the invariants after
// each.
func FuzzSessionStep(f *testing.F) {
	asaptest.AddRandomSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := asaptest.NewInput(data[:min(len(data), asaptest.MaxInput)])
		w := newSessionWorld(t, rand.New(in))
		for in.Len() > 0 {
			if w.Random.IntN(4) == 0 {
				w.Pass(time.Duration(w.Random.Int64N(int64(4 * time.Second))))
			} else {
				w.Feed(w.event())
			}
		}
	})
}

// scenarioSeeds returns an input for each scenario: three associations, and the messages of
// the scenario over them in turn.
func scenarioSeeds(f *testing.F) [][]byte {
	files, err := filepath.Glob("testdata/client/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scenarios: %v", err)
	}
	var seeds [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		seed := make([]byte, 3) // The least settings.
		for i := range 3 {
			seed = asaptest.AppendChoice(seed, 1, fuzzOps)
			seed = append(seed, byte(i*50), 0xff, 0) // An address of its own, of the first port.
		}
		for i, m := range asaptest.ScenarioMessages(string(text)) {
			seed = asaptest.AppendChoice(seed, 2, fuzzOps)
			seed = asaptest.AppendChoice(seed, i%3, 3)
			seed = asaptest.AppendMessage(seed, m)
		}
		seeds = append(seeds, seed)
	}
	return seeds
}
