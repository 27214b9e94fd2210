package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// tableFile is the document with the table of coverage, from the root of the repository.
const tableFile = "docs/fuzzing.md"

// The table is between these lines.
const (
	tableBegin = "<!-- table of rspcorpus: begin -->\n"
	tableEnd   = "<!-- table of rspcorpus: end -->\n"
)

// A table has a row of text for each target: seeds, and coverage before fuzzing begins.
type table map[string]string

const tableHead = `| target | seeds | octets | own package: without corpus | with corpus | statements in all packages |
| --- | --: | --: | --: | --: | --: |
`

// readTable reads the rows of the table in the document; none if there is no table.
func readTable(root string) table {
	t := make(table)
	b, _ := os.ReadFile(filepath.Join(root, tableFile)) // A missing document is reported when it is written.
	_, rest, _ := bytes.Cut(b, []byte(tableBegin))
	rows, _, _ := bytes.Cut(rest, []byte(tableEnd))
	for line := range strings.Lines(string(rows)) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` |"); ok {
			t[name] = line
		}
	}
	return t
}

// set sets the row of a target: the coverage of the seeds that its code adds itself, and with the corpus.
func (t table) set(target Target, own, with Coverage, seeds []candidate) {
	octets := 0
	for _, c := range seeds {
		octets += len(c.text)
	}
	ownReached, all := own.count(target.importPath())
	reached, _ := with.count(target.importPath())
	everywhere, _ := with.count("")
	t[target.String()] = fmt.Sprintf("| `%v` | %d | %d | %s | %s | %d |\n",
		target, len(seeds), octets, percent(ownReached, all), percent(reached, all), everywhere)
}

// percent returns a part of statements in words.
func percent(part, all int) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all))
}

// write writes the rows of targets into the document.
func (t table) write(root string, targets []Target) error {
	name := filepath.Join(root, tableFile)
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(b), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s: no lines %q and %q", name, tableBegin, tableEnd)
	}
	out := before + tableBegin + tableHead
	for _, target := range targets {
		out += t[target.String()]
	}
	return os.WriteFile(name, []byte(out+tableEnd+after), 0o644) //nolint:gosec // Everybody may read it.
}

// check compares the numbers of seeds with those of an index.
func (t table) check(index *Index) error {
	seeds := make(map[string]int)
	for _, e := range index.Seeds {
		seeds[e.Target]++
	}
	var errs []error
	for target, n := range seeds {
		if _, ok := t[target]; !ok {
			errs = append(errs, fmt.Errorf("%s: no row of %s, which has %d seeds", tableFile, target, n))
		}
	}
	for target, row := range t {
		if !strings.HasPrefix(row, fmt.Sprintf("| `%s` | %d | ", target, seeds[target])) {
			errs = append(errs, fmt.Errorf("%s: row of %s: want %d seeds: %s", tableFile, target, seeds[target], strings.TrimSpace(row)))
		}
	}
	return errors.Join(errs...)
}
