package corpus

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// A candidate is a seed that may become a part of the corpus.
type candidate struct {
	origin Origin
	name   string // of its file
	seed   Seed
	text   []byte // contents of its file
}

// maxBatch is the number of seeds that are tried in one process.
const maxBatch = 256

// A FindError tells that a target fails on a seed.
type FindError struct {
	Target string
	Name   string // of the seed
	Text   []byte // contents of the file of the seed
	Output string // of the test
}

// Error tells target and seed.
func (e *FindError) Error() string {
	return fmt.Sprintf("%s fails on seed %s:\n%s", e.Target, e.Name, e.Output)
}

// reduce returns the candidates that reach statements beyond those of have, and of the candidates kept before. The shortest
// are tried first. Reduce adds what they reach to have. The function run returns the coverage of candidates that are run
// together.
func reduce(have Coverage, candidates []candidate, run func([]candidate) (Coverage, error)) (kept []candidate, err error) {
	candidates = unique(candidates)
	for batch := range slices.Chunk(candidates, maxBatch) {
		some, err := reduceBatch(have, batch, run)
		kept = append(kept, some...)
		if err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// reduceBatch drops a batch without new coverage as a whole, and tries each half of other batches.
func reduceBatch(have Coverage, batch []candidate, run func([]candidate) (Coverage, error)) (kept []candidate, err error) {
	c, err := run(batch)
	_, isFind := errors.AsType[*FindError](err)
	switch {
	case err != nil && !(isFind && len(batch) > 1):
		return nil, err
	case err == nil && !c.exceeds(have):
		return nil, nil
	case err == nil && len(batch) == 1:
		have.add(c)
		return batch, nil
	}
	half := len(batch) / 2
	for _, part := range [][]candidate{batch[:half], batch[half:]} {
		some, err := reduceBatch(have, part, run)
		kept = append(kept, some...)
		if err != nil {
			return kept, err
		}
	}
	return kept, nil
}

// unique returns the candidates by length and name, without those whose text a candidate before has.
func unique(candidates []candidate) []candidate {
	candidates = slices.Clone(candidates)
	slices.SortStableFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(a.text), len(b.text)), cmp.Compare(a.name, b.name))
	})
	seen := make(map[string]bool)
	return slices.DeleteFunc(candidates, func(c candidate) bool {
		isSecond := seen[string(c.text)]
		seen[string(c.text)] = true
		return isSecond
	})
}
