package corpus

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// numbered returns a candidate whose text has the numbers of the blocks that it reaches.
func numbered(name string, blocks ...int) candidate {
	return candidate{name: name, text: []byte(strings.Trim(fmt.Sprint(blocks), "[]"))}
}

// runNumbered returns the blocks of all candidates, and counts the runs.
func runNumbered(runs *int) func([]candidate) (Coverage, error) {
	return func(candidates []candidate) (Coverage, error) {
		*runs++
		c := Coverage{"unreached": {statements: 5}}
		for _, candidate := range candidates {
			for at := range strings.FieldsSeq(string(candidate.text)) {
				if at == "666" {
					return nil, &FindError{Name: candidate.name}
				}
				c[at] = block{1, true}
			}
		}
		return c, nil
	}
}

// TestReduce asserts for random seeds that no block is lost, and that each kept seed has a block of its own at its turn.
func TestReduce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var candidates []candidate
		for i := range 1 + r.IntN(2*maxBatch) {
			var blocks []int
			for range 1 + r.IntN(4) {
				blocks = append(blocks, r.IntN(40))
			}
			candidates = append(candidates, numbered(fmt.Sprint(i), blocks...))
		}
		runs, n := 0, 0
		have := Coverage{"3": {1, true}}
		kept, err := reduce(have, candidates, runNumbered(&runs))
		if err != nil {
			t.Fatal(err)
		}
		all, _ := runNumbered(&n)(candidates)
		some, _ := runNumbered(&n)(kept)
		some.add(Coverage{"3": {1, true}})
		if all.exceeds(some) || some.exceeds(have) || have.exceeds(some) {
			t.Fatalf("seed %d: %d of %d blocks", seed, len(some), len(all))
		}
		turn := Coverage{"3": {1, true}}
		for _, c := range kept {
			one, _ := runNumbered(&n)([]candidate{c})
			if !turn.add(one) {
				t.Fatalf("seed %d: %q adds nothing", seed, c.text)
			}
		}
		// Each kept seed costs a run for each halving of its batch, and one for the other half.
		if most := 2 + 18*len(kept); runs > most {
			t.Errorf("seed %d: %d runs for %d kept seeds, at most %d", seed, runs, len(kept), most)
		}
	}
}

func TestReduceOrder(t *testing.T) {
	t.Parallel()
	runs := 0
	kept, err := reduce(make(Coverage), []candidate{
		numbered("long", 1, 2, 3), numbered("b", 1), numbered("a", 1), numbered("c", 2), numbered("d", 2, 1),
	}, runNumbered(&runs))
	var names []string
	for _, c := range kept {
		names = append(names, c.name)
	}
	if err != nil || !slices.Equal(names, []string{"a", "c", "long"}) {
		t.Errorf("%q, %v", names, err)
	}
}

// TestReduceFind asserts that a seed on which the target fails is named, among many.
func TestReduceFind(t *testing.T) {
	t.Parallel()
	var candidates []candidate
	for i := range 100 {
		candidates = append(candidates, numbered(fmt.Sprint(i), i))
	}
	candidates = append(candidates, numbered("bad", 666))
	runs := 0
	_, err := reduce(make(Coverage), candidates, runNumbered(&runs))
	if find, ok := errors.AsType[*FindError](err); !ok || find.Name != "bad" {
		t.Errorf("%v", err)
	}
}

func TestReadCoverage(t *testing.T) {
	t.Parallel()
	const profile = "mode: set\nm/a/x.go:1.2,3.4 2 1\nm/a/x.go:5.1,6.2 3 0\nm/b/y.go:1.1,2.2 4 1\nm/a/x.go:5.1,6.2 3 1\nm/a/x.go:7.1,8.1 1 0\n"
	c, err := readCoverage(strings.NewReader(profile))
	if err != nil {
		t.Fatal(err)
	}
	if reached, all := c.count("m/a"); reached != 5 || all != 6 {
		t.Errorf("%d of %d in m/a, want 5 of 6", reached, all)
	}
	if reached, all := c.count(""); reached != 9 || all != 10 {
		t.Errorf("%d of %d, want 9 of 10", reached, all)
	}
	for _, text := range []string{"m/a/x.go:1.2,3.4 2", "m/a/x.go:1.2,3.4 x 1"} {
		if _, err := readCoverage(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
