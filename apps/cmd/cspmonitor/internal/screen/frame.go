package screen

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/rserpool-go/rserpool/csp"
)

// Lines of the screen beside the rows.
const (
	frameLines    = 3 // title, heading, help
	smallHeight   = 4 // Below, the rows have the whole screen.
	hintOfNothing = "  No component has reported yet. Start components with -cspserver=ADDR:PORT."
)

// page returns the number of visible rows.
func (m *model) page() int {
	if m.height < smallHeight {
		return m.height
	}
	return m.height - frameLines
}

// fit cuts a line to the width of the terminal.
func (m *model) fit(line string) string { return ansi.Truncate(line, m.width, "…") }

// screen returns all lines of the screen.
func (m *model) screen() string {
	if m.width < 1 || m.height < 1 {
		return "" // The size is not known yet.
	}
	columns := layOut(m.width, m.location)
	page := m.page()
	rows := m.visible(columns, page)
	if len(m.sections) == 0 {
		rows = []string{faint.Styled(m.fit(hintOfNothing))}
	}
	if m.height < smallHeight {
		return strings.Join(rows, "\n")
	}
	for len(rows) < page {
		rows = append(rows, "")
	}
	lines := append([]string{m.title(), heading.Styled(left(columns.heading(), m.width))}, rows...)
	return strings.Join(append(lines, m.help()), "\n")
}

// title returns the first line: the title, the numbers of components and of bad datagrams, and the
// time. The time is left out where there is no room.
func (m *model) title() string {
	count := make(map[csp.Group]int)
	for _, s := range m.sections {
		count[s.group] = len(s.components)
	}
	var numbers []string
	for _, g := range []struct {
		group csp.Group
		name  string
	}{{csp.GroupRegistrar, "PR"}, {csp.GroupPoolElement, "PE"}, {csp.GroupPoolUser, "PU"}} {
		numbers = append(numbers, styleOf(g.group).Bold().Styled(fmt.Sprintf("%d %s", count[g.group], g.name)))
	}
	clock := m.snapshot.Time.Format("15:04:05")
	if m.isPaused {
		clock = "paused"
	}
	line := strings.Join(append(numbers, m.counters()...), "  ")
	if ansi.StringWidth(m.Title)+ansi.StringWidth(line)+ansi.StringWidth(clock)+3 < m.width {
		line = ansi.Style{}.Bold().Styled(m.Title) + "  " + line
	}
	return spread(m.fit(line), clock, m.width)
}

// counters returns the counters that are not zero.
func (m *model) counters() (texts []string) {
	c := m.snapshot.Counters
	for _, counter := range []struct {
		n    uint64
		name string
	}{{c.Malformed, "malformed"}, {c.Contested, "contested"}, {c.Refused, "refused"}, {c.Displaced, "displaced"}} {
		if counter.n > 0 {
			texts = append(texts, warning.Styled(fmt.Sprintf("%d %s", counter.n, counter.name)))
		}
	}
	return texts
}

// help returns the last line: as many keys as there is room for, and the visible part of the rows.
func (m *model) help() string {
	other := "full"
	if m.Full {
		other = "compact"
	}
	direction := ""
	if m.isReversed {
		direction = " (reversed)"
	}
	place := ""
	if rows := m.rows(); rows > m.page() {
		place = fmt.Sprintf("%d-%d/%d", m.offset+1, min(m.offset+m.page(), rows), rows)
	}
	line := ""
	for _, key := range []string{"q quit", "s sort: " + orders[m.order].name + direction, "f " + other, "↑↓ scroll", "r reverse", "p pause"} {
		if ansi.StringWidth(line)+ansi.StringWidth(key)+ansi.StringWidth(place)+2 < m.width {
			line += key + "  "
		}
	}
	return faint.Styled(spread(strings.TrimRight(line, " "), place, m.width))
}

// spread returns a line with a text at its left end and one at its right end, which is left out if
// there is no room for both.
func spread(left, right string, width int) string {
	gap := width - ansi.StringWidth(left) - ansi.StringWidth(right)
	if gap < 1 {
		return left
	}
	return left + strings.Repeat(" ", gap) + right
}
