package screen

import (
	"fmt"

	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/words"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// shown returns the components of a section within the bound of its group.
func (m *model) shown(s *section) []*csp.Component {
	if most := m.MaxRows.of(s.group); most > 0 {
		return s.components[:min(most, len(s.components))]
	}
	return s.components
}

// rowsOf returns the number of rows of a component: its own, and those of details.
func (m *model) rowsOf(c *csp.Component) int {
	n := 1
	if m.Full {
		n += len(c.Associations)
		if c.Omitted > 0 {
			n++
		}
		if c.Contested > 0 {
			n++
		}
	}
	return n
}

// rows returns the number of all rows of the table.
func (m *model) rows() int {
	n := 0
	for i := range m.sections {
		s := &m.sections[i]
		shown := m.shown(s)
		n++ // The title.
		for _, c := range shown {
			n += m.rowsOf(c)
		}
		if len(shown) < len(s.components) {
			n++
		}
	}
	return n
}

// window collects the visible rows.
type window struct {
	skip, room int
	rows       []string
}

// add adds a row, which is made only if it is visible.
func (w *window) add(row func() string) {
	switch {
	case w.skip > 0:
		w.skip--
	case len(w.rows) < w.room:
		w.rows = append(w.rows, row())
	}
}

// isFull reports whether no further row is visible.
func (w *window) isFull() bool { return len(w.rows) == w.room }

// visible returns the rows from the offset on, at most room.
func (m *model) visible(columns columns, room int) []string {
	w := &window{skip: m.offset, room: room}
	for i := range m.sections {
		s := &m.sections[i]
		w.add(func() string {
			return styleOf(s.group).Bold().Styled(m.fit(fmt.Sprintf("%s (%d)", s.title(), len(s.components))))
		})
		shown := m.shown(s)
		for _, c := range shown {
			if w.isFull() {
				return w.rows
			}
			if n := m.rowsOf(c); w.skip >= n {
				w.skip -= n
				continue
			}
			m.addComponent(w, columns, c)
		}
		if hidden := len(s.components) - len(shown); hidden > 0 {
			w.add(func() string { return styleOf(s.group).Reverse(true).Styled(m.fit(fmt.Sprintf("  %d more", hidden))) })
		}
	}
	return w.rows
}

// addComponent adds the rows of a component.
func (m *model) addComponent(w *window, columns columns, c *csp.Component) {
	w.add(func() string { return m.fit(columns.row(c, m.snapshot.Time)) })
	if !m.Full {
		return
	}
	for i := range c.Associations {
		w.add(func() string { return m.fit("    -> " + words.Association(&c.Associations[i])) })
	}
	if c.Omitted > 0 {
		w.add(func() string { return m.fit("    -> and " + cli.Count(c.Omitted, "further association")) })
	}
	if c.Contested > 0 {
		w.add(func() string {
			return warning.Styled(m.fit(fmt.Sprintf("    %s from %v ignored", cli.Count(c.Contested, "report"), c.Rival)))
		})
	}
}
