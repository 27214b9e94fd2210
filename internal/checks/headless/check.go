package headless

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// worstShown is the number of sentences that a finding quotes.
const worstShown = 5

// Check returns a finding for each place that has more headless words than t permits, and for each row of t without a
// place.
func Check(places []*Place, t Table) []string {
	var found []string
	gone := maps.Clone(t)
	for _, p := range places {
		delete(gone, p.Name)
		if !t.permits(p) {
			found = append(found, t.finding(p))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(gone)) {
		found = append(found, fmt.Sprintf("%s: %s is neither a module nor a document; housecheck -update drops the row", TableName, name))
	}
	return found
}

// finding describes a place that t does not permit.
func (t Table) finding(p *Place) string {
	limit := fmt.Sprintf("not below the limit of %s", Limit)
	if figure, ok := t[p.Name]; ok {
		limit = fmt.Sprintf("more than the %s of %s", figure, TableName)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %d headless words in %d, %s per 1,000, %s; the worst sentences:",
		p.Name, p.Headless, p.Words, p.Density(), limit)
	for _, s := range p.worst(worstShown) {
		fmt.Fprintf(&out, "\n\t%s", &s)
	}
	return out.String()
}

// Summary returns a line about all places.
func Summary(places []*Place) string {
	var all, above [2]int // modules, documents
	for _, p := range places {
		kind := 0
		if p.IsDocument() {
			kind = 1
		}
		all[kind]++
		if p.Density() >= Limit {
			above[kind]++
		}
	}
	return fmt.Sprintf("headless words per 1,000: modules at %s or above: %d of %d, documents: %d of %d",
		Limit, above[0], all[0], above[1], all[1])
}
