package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rserpool-go/rserpool/csp"
)

// An order is an order of the components of a group.
type order struct {
	name    string
	compare func(a, b *csp.Component) int
}

// orders are the orders from which the user chooses. The first is RSPLIB's.
var orders = []order{
	{"location", func(a, b *csp.Component) int { return strings.Compare(a.Location, b.Location) }},
	{"identifier", func(_, _ *csp.Component) int { return 0 }}, // Which decides all ties.
	{"load", func(a, b *csp.Component) int { return cmp.Compare(load(b), load(a)) }},
	{"associations", func(a, b *csp.Component) int { return cmp.Compare(associations(b), associations(a)) }},
	{"uptime", func(a, b *csp.Component) int { return cmp.Compare(b.Uptime, a.Uptime) }},
	{"age", func(a, b *csp.Component) int { return a.Last.Compare(b.Last) }},
	{"status", func(a, b *csp.Component) int { return strings.Compare(a.Status, b.Status) }},
}

// load returns a number for the order by load: an unknown load is the least.
func load(c *csp.Component) int {
	if c.Workload == csp.WorkloadUnknown {
		return -1
	}
	return int(c.Workload)
}

func associations(c *csp.Component) int { return len(c.Associations) + c.Omitted }

// section has the components of a group in order.
type section struct {
	group      csp.Group
	components []*csp.Component
}

// title returns the name of the group in the plural.
func (s *section) title() string {
	switch s.group {
	case csp.GroupRegistrar:
		return "Registrars"
	case csp.GroupPoolElement:
		return "Pool elements"
	case csp.GroupPoolUser:
		return "Pool users"
	}
	return fmt.Sprintf("Group %d", s.group)
}

// sections groups components, which are sorted by identifier, and sorts each group.
func sections(components []csp.Component, by order, isReversed bool) []section {
	var out []section
	for i := range components {
		c := &components[i]
		if n := len(out); n == 0 || out[n-1].group != c.SenderID.Group() {
			out = append(out, section{group: c.SenderID.Group()})
		}
		s := &out[len(out)-1]
		s.components = append(s.components, c)
	}
	for _, s := range out {
		slices.SortStableFunc(s.components, by.compare)
		if isReversed {
			slices.Reverse(s.components)
		}
	}
	return out
}
