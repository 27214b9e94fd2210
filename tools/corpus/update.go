package corpus

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A Config tells how to update a corpus. The zero value updates the repository in the current folder.
type Config struct {
	Root    string         // of the repository
	Targets *regexp.Regexp // nil: all targets; else those whose folder and name match
	// Fuzzed is a folder in which scripts/fuzz has kept inputs (FUZZCACHE). Those that reach something new become seeds. Empty: none.
	Fuzzed string
	// KeepSeeds only measures the coverage of the seeds that are there.
	KeepSeeds bool
	Log       *slog.Logger // nil: no log
}

// Update cuts captures and vectors into seeds. It writes the seeds that add coverage to a target, their index, and the table of
// coverage in docs/fuzzing.md. It needs the go command. A target that fails ends Update with a *[FindError], after the
// input was written to the seeds of the target.
func Update(ctx context.Context, c Config) (err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Root, err = filepath.Abs(c.Root); err != nil {
		return err
	}
	targets, err := Targets(c.Root)
	if err != nil {
		return err
	}
	index, err := ReadIndex(c.Root)
	if os.IsNotExist(err) {
		index, err = &Index{Version: IndexVersion}, nil
	}
	if err != nil {
		return err
	}
	pieces, err := Cut(c.Root)
	if err != nil {
		return err
	}
	w, err := newWorkbench(c.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	u := &updater{
		Config: c, workbench: w, pieces: pieces, old: index, updated: make(map[string]bool), table: readTable(c.Root),
	}
	err = u.targets(ctx, targets) // After an error, the index still tells the state of the targets before.
	return errors.Join(err, u.index(targets).write(c.Root), u.table.write(c.Root, targets))
}

// An updater updates the corpus of one target after another.
type updater struct {
	Config
	*workbench
	pieces  []Piece
	old     *Index
	new     []Entry
	updated map[string]bool // the targets that new is about
	table   table
}

// targets updates the selected targets.
func (u *updater) targets(ctx context.Context, targets []Target) error {
	folder, binary := "", ""
	for _, t := range targets {
		if u.Targets != nil && !u.Targets.MatchString(t.String()) {
			continue
		}
		if t.Folder != folder {
			var err error
			if binary, err = u.build(ctx, t.Folder); err != nil {
				return err
			}
			folder = t.Folder
		}
		if err := u.target(ctx, binary, t); err != nil {
			if find, ok := errors.AsType[*FindError](err); ok && find.Text != nil {
				return errors.Join(err, u.write(t, find.Name, find.Text))
			}
			return err
		}
	}
	return nil
}

// target updates the seeds of a target.
func (u *updater) target(ctx context.Context, binary string, t Target) error {
	run := func(c []candidate) (Coverage, error) { return u.run(ctx, binary, t, c) }
	own, err := run(nil)
	if err != nil {
		return err
	}
	finds, fuzzed, err := u.present(t)
	if err != nil {
		return err
	}
	have, err := run(finds)
	if err != nil {
		return err
	}
	f := formOf(t.String())
	cut := f.seeds(u.pieces)
	if u.KeepSeeds {
		cut, err = u.recorded(t, cut)
	}
	if err == nil {
		err = encode(cut)
	}
	if err != nil {
		return err
	}
	kept := finds
	for _, candidates := range [][]candidate{cut, fuzzed} {
		if !u.KeepSeeds {
			if candidates, err = reduce(have, candidates, run); err != nil {
				return err
			}
		}
		kept = append(kept, candidates...)
	}
	if have, err = run(kept); err != nil { // Together, as every test runs them.
		return err
	}
	u.table.set(t, own, have, kept)
	u.Log.Info("target updated", "target", t.String(), "candidates", len(cut)+len(fuzzed), "seeds", len(kept))
	return u.replace(t, f, kept)
}

// present returns the seeds of a target that come from no file: finds, which are kept, and seeds of fuzzing, with
// those in Fuzzed.
func (u *updater) present(t Target) (finds, fuzzed []candidate, err error) {
	files, err := readSeeds(filepath.Join(u.Root, filepath.FromSlash(t.corpus())))
	if err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		i := slices.IndexFunc(u.old.Seeds, func(e Entry) bool { return e.Target == t.String() && e.Name == f.name })
		origin := Origin{Layer: LayerFind}
		if i >= 0 {
			origin = u.old.Seeds[i].Origin
		}
		s, err := ParseSeed(f.text)
		if err != nil {
			return nil, nil, fmt.Errorf("%s/%s: %w", t.corpus(), f.name, err)
		}
		switch c := (candidate{origin: origin, name: f.name, seed: s, text: f.text}); origin.Layer {
		case LayerFind:
			finds = append(finds, c)
		case LayerFuzzing:
			fuzzed = append(fuzzed, c)
		}
	}
	if u.Fuzzed == "" || u.KeepSeeds {
		return finds, fuzzed, nil
	}
	files, err = readSeeds(filepath.Join(u.Fuzzed, filepath.FromSlash(t.importPath()), t.Name))
	for _, f := range files {
		if s, err := ParseSeed(f.text); err == nil && len(f.text) <= maxFuzzed { // The fuzzer leaves inputs of other versions.
			fuzzed = append(fuzzed, candidate{origin: Origin{Layer: LayerFuzzing}, name: "fuzzing-" + f.name, seed: s, text: f.text})
		}
	}
	return finds, fuzzed, err
}

// maxFuzzed is the maximum length of a seed of fuzzing, in octets. The corpus has to stay small.
const maxFuzzed = 4096

// recorded returns the candidates that the index names.
func (u *updater) recorded(t Target, cut []candidate) ([]candidate, error) {
	var out []candidate
	for _, e := range u.old.Seeds {
		if e.Target != t.String() || e.Origin.File == "" {
			continue
		}
		i := slices.IndexFunc(cut, func(c candidate) bool { return c.origin == e.Origin })
		if i < 0 {
			return nil, fmt.Errorf("%s: no piece for seed %s (%v)", e.Target, e.Name, e.Origin)
		}
		out = append(out, cut[i])
	}
	return out, nil
}

// encode sets the text of candidates.
func encode(candidates []candidate) (err error) {
	for i := range candidates {
		c := &candidates[i]
		if c.text, err = c.seed.AppendText(nil); err != nil {
			return fmt.Errorf("%v: %w", c.origin, err)
		}
	}
	return nil
}

// replace writes the seeds of a target, and removes all others.
func (u *updater) replace(t Target, f form, seeds []candidate) error {
	files, err := readSeeds(filepath.Join(u.Root, filepath.FromSlash(t.corpus())))
	if err != nil {
		return err
	}
	for _, old := range files {
		if !slices.ContainsFunc(seeds, func(c candidate) bool { return c.name == old.name }) {
			if err := os.Remove(filepath.Join(u.Root, filepath.FromSlash(t.corpus()), old.name)); err != nil {
				return err
			}
		}
	}
	u.updated[t.String()] = true
	for _, c := range seeds {
		if err := u.write(t, c.name, c.text); err != nil {
			return err
		}
		u.new = append(u.new, Entry{
			Target: t.String(), Name: c.name, Origin: c.origin, Decodes: f.describe(c.seed), Sum: sha256.Sum256(c.text),
		})
	}
	return nil
}

// write writes a seed of a target.
func (u *updater) write(t Target, name string, text []byte) error {
	folder := filepath.Join(u.Root, filepath.FromSlash(t.corpus()))
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // Everybody may read it.
		return err
	}
	return os.WriteFile(filepath.Join(folder, name), text, 0o644) //nolint:gosec // Everybody may read it.
}

// index returns the index with the new entries, and the old ones of targets that were not updated.
func (u *updater) index(targets []Target) *Index {
	seeds := slices.Clone(u.new)
	for _, e := range u.old.Seeds {
		isTarget := slices.ContainsFunc(targets, func(t Target) bool { return t.String() == e.Target })
		if isTarget && !u.updated[e.Target] {
			seeds = append(seeds, e)
		}
	}
	slices.SortFunc(seeds, func(a, b Entry) int {
		if a.Target != b.Target {
			return strings.Compare(a.Target, b.Target)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return &Index{Version: IndexVersion, Seeds: seeds}
}
