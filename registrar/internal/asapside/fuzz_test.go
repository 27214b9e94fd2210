package asapside

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
)

// fuzzOps is the number of operations among which an input chooses.
const fuzzOps = 20

// FuzzStep feeds the events that an input describes, and checks the invariants after each.
func FuzzStep(f *testing.F) {
	for _, seed := range scenarioSeeds(f) {
		f.Add(seed)
	}
	asaptest.AddRandomSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		in := asaptest.NewInput(data[:min(len(data), asaptest.MaxInput)])
		random := rand.New(in)
		w := newWorldOf(t, random, randomConfig(random), random.IntN(3)*8)
		w.Machine = checkedMachine{w}
		w.Feed(Open{})
		for in.Len() > 0 {
			w.feedInput(in)
		}
		w.end()
		w.checkEnd()
	})
}

// feedInput carries out the next operation of an input.
func (w *registrarWorld) feedInput(in *asaptest.Input) {
	switch w.Random.IntN(fuzzOps) {
	case 0:
		w.Pass(time.Duration(w.Random.Int64N(int64(6 * time.Second))))
	case 1:
		w.Feed(w.bringUp(w.randomAssoc(), 0, w.scenarioAddr(), asaptest.RandomAddr(w.Random)))
	case 2:
		w.Feed(in.Message(w.randomAssoc()))
	default:
		w.Feed(w.event())
	}
}

// scenarioAddr returns 10.0.0.7 or a neighbour, which are addresses of many scenarios.
func (w *registrarWorld) scenarioAddr() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(7 + w.Random.IntN(3))}), 2000)
}

// scenarioSeeds returns an input for each scenario: five associations, and the messages of the
// scenario over them in turn.
func scenarioSeeds(f *testing.F) [][]byte {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scenarios: %v", err)
	}
	var seeds [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		seed := make([]byte, 7) // The least settings.
		for assoc := range 5 {
			seed = asaptest.AppendChoice(seed, 1, fuzzOps)
			seed = asaptest.AppendChoice(seed, assoc, 5)
			seed = asaptest.AppendChoice(seed, assoc/3, 3)
			seed = append(seed, byte(assoc*50), 0xff, 0) // A second address, with the first port.
		}
		for i, m := range asaptest.ScenarioMessages(string(text)) {
			seed = asaptest.AppendChoice(seed, 2, fuzzOps)
			seed = asaptest.AppendChoice(seed, i%5, 5)
			seed = asaptest.AppendMessage(seed, m)
			if i%4 == 3 {
				seed = append(asaptest.AppendChoice(seed, 0, fuzzOps), byte(i*16))
			}
		}
		seeds = append(seeds, seed)
	}
	return seeds
}
