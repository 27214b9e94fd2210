package references

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// A result is a package with the best order found.
type result struct {
	*Graph
	order            []int // indexes of Files, the earliest first
	references, back int
	circle           int // files in the largest circle; 1 is no circle
}

// share returns the back references in percent of all references between files.
func (r *result) share() float64 {
	if r.references == 0 {
		return 0
	}
	return 100 * float64(r.back) / float64(r.references)
}

// Report writes a table of the graphs, the largest share of back references first. Details are the order of the files
// and the back references of each pair. The names of packages are shown without prefix. Files are in a circle if each
// refers to each, directly or through other files.
func Report(w io.Writer, graphs []*Graph, prefix string, details bool) error {
	var results []*result
	for _, g := range graphs {
		r := &result{Graph: g, references: g.References()}
		r.order, r.circle = order(g.Weight)
		r.back = backReferences(g.Weight, r.order)
		results = append(results, r)
	}
	slices.SortStableFunc(results, func(a, b *result) int { return cmp.Compare(b.share(), a.share()) })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "package\tfiles\tin a circle\treferences\tback\tshare")
	for _, r := range results {
		note := ""
		if r.circle > exactLimit {
			note = fmt.Sprintf(" (not exact: more than %d files in a circle)", exactLimit)
		}
		circle := r.circle
		if circle == 1 {
			circle = 0
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%.1f %%%s\n",
			strings.TrimPrefix(r.Package, prefix), len(r.Files), circle, r.references, r.back, r.share(), note)
	}
	if err := table.Flush(); err != nil || !details {
		return err
	}
	for _, r := range results {
		if len(r.Files) < 2 {
			continue
		}
		if _, err := io.WriteString(w, "\n"+r.details(prefix)); err != nil {
			return err
		}
	}
	return nil
}

// details returns the order of the files and the back references of each pair, the largest number first.
func (r *result) details(prefix string) string {
	type pair struct {
		from, to string
		n        int
	}
	var names []string
	var pairs []pair
	for i, from := range r.order {
		names = append(names, r.Files[from])
		for _, to := range r.order[i+1:] {
			if n := r.Weight[from][to]; n > 0 {
				pairs = append(pairs, pair{r.Files[from], r.Files[to], n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.n, a.n) })
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", strings.TrimPrefix(r.Package, prefix), strings.Join(names, " "))
	for _, p := range pairs {
		fmt.Fprintf(&out, "%5d  %s -> %s\n", p.n, p.from, p.to)
	}
	return out.String()
}
