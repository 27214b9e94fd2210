package headless

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// TableName is the file that holds the permitted densities, relative to the root of the repository.
const TableName = "internal/checks/headless.txt"

// tableHead explains the table to its reader.
const tableHead = `# Headless words per 1,000 words that a module or a document may have.
# Without a row the limit is 10. "housecheck -update" lowers the figures; nothing raises a figure.
`

// A Table holds the permitted density of each place that has a row.
type Table map[string]Density

// ReadTable reads the table below root. Without a file the table is empty.
func ReadTable(root fs.FS) (Table, error) {
	data, err := fs.ReadFile(root, TableName)
	if errors.Is(err, fs.ErrNotExist) {
		return Table{}, nil
	}
	if err != nil {
		return nil, err
	}
	t := make(Table)
	for i, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("%s:%d: %d fields, want a name and a density", TableName, i+1, len(fields))
		}
		d, err := parseDensity(fields[1])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", TableName, i+1, err)
		}
		if _, ok := t[fields[0]]; ok {
			return nil, fmt.Errorf("%s:%d: second row of %s", TableName, i+1, fields[0])
		}
		t[fields[0]] = d
	}
	return t, nil
}

// String returns the text of the table in its file.
func (t Table) String() string {
	names := slices.Sorted(maps.Keys(t))
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	var out strings.Builder
	out.WriteString(tableHead)
	for _, name := range names {
		fmt.Fprintf(&out, "%-*s %5s\n", width, name, t[name])
	}
	return out.String()
}

// Lower sets each figure to the density of its place if that is lower. Rows of places that are below [Limit] or gone
// are dropped.
func (t Table) Lower(places []*Place) {
	found := make(map[string]Density)
	for _, p := range places {
		found[p.Name] = p.Density()
	}
	for name, figure := range t {
		d, ok := found[name]
		if !ok || d < Limit {
			delete(t, name)
			continue
		}
		t[name] = min(figure, d)
	}
}

// permits reports whether p is below [Limit], or in the table and not above its figure.
//
// An edit that removes a few neutral words raises the density a little. The tolerance of half a headless word lets it
// pass.
func (t Table) permits(p *Place) bool {
	figure, ok := t[p.Name]
	if !ok {
		return p.Density() < Limit
	}
	return p.Density() <= figure || 10_000*p.Headless <= int(figure)*p.Words+5_000
}
