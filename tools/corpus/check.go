package corpus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxOctets is the maximum size of all seeds of the repository and their index together, in octets.
const MaxOctets = 2_000_000

// Check compares the corpus of the repository at root with its index, without the go command. All seeds belong to a target
// and can be read. Each seed in the index is there, decodes as recorded, and is made by its form from its origin. A seed
// that is not in the index is a new find. The table of coverage counts the seeds of the index. The error has all differences.
func Check(root string) error {
	index, err := ReadIndex(root)
	if err != nil {
		return err
	}
	targets, err := Targets(root)
	if err != nil {
		return err
	}
	pieces, err := Cut(root)
	if err != nil {
		return err
	}
	byOrigin := make(map[Origin]*Piece, len(pieces))
	for i := range pieces {
		byOrigin[pieces[i].Origin] = &pieces[i]
	}
	errs := []error{checkFiles(root, targets), readTable(root).check(index)}
	for _, e := range index.Seeds {
		i := slices.IndexFunc(targets, func(t Target) bool { return t.String() == e.Target })
		if i < 0 {
			errs = append(errs, fmt.Errorf("%s: no such target", e.Target))
			continue
		}
		if err := e.check(root, targets[i], byOrigin); err != nil {
			errs = append(errs, fmt.Errorf("%s, seed %s: %w", e.Target, e.Name, err))
		}
	}
	return errors.Join(errs...)
}

// check compares an entry with its seed and its origin.
func (e *Entry) check(root string, t Target, pieces map[Origin]*Piece) error {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(t.corpus()), filepath.Base(e.Name)))
	if err != nil {
		return err
	}
	if sha256.Sum256(text) != e.Sum {
		return errors.New("the file has changed since it was recorded")
	}
	s, err := ParseSeed(text)
	if err != nil {
		return err
	}
	f := formOf(e.Target)
	if got := f.describe(s); got != e.Decodes {
		return fmt.Errorf("decodes as %q, recorded as %q", got, e.Decodes)
	}
	if e.Origin.File == "" {
		return nil
	}
	p := pieces[e.Origin]
	if p == nil || f.seed == nil {
		return fmt.Errorf("nothing at the origin, %v", e.Origin)
	}
	made, err := f.seed(p).AppendText(nil)
	if err != nil || string(made) != string(text) {
		return fmt.Errorf("not as cut from the origin, %v: %w", e.Origin, err)
	}
	return nil
}

// checkFiles reads all seeds of the repository.
func checkFiles(root string, targets []Target) error {
	known := make(map[string]bool)
	for _, t := range targets {
		known[t.corpus()] = true
	}
	var errs []error
	octets := int64(0)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		at, err := filepath.Rel(root, name)
		if at = filepath.ToSlash(at); err != nil || d.IsDir() || !strings.Contains("/"+at, "/testdata/fuzz/") && at != IndexFile {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		octets += int64(len(text))
		if at == IndexFile {
			return nil
		}
		if folder := filepath.ToSlash(filepath.Dir(at)); !known[folder] {
			errs = append(errs, fmt.Errorf("%s: no fuzz target has this folder", folder))
		}
		if _, err := ParseSeed(text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", at, err))
		}
		return nil
	})
	if octets > MaxOctets {
		errs = append(errs, fmt.Errorf("seeds and index have %d octets, at most %d", octets, MaxOctets))
	}
	return errors.Join(append(errs, err)...)
}
