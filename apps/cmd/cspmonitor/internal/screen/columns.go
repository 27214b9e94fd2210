package screen

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/words"
	"github.com/rserpool-go/rserpool/csp"
)

// columns are the widths of the columns in terminal cells. A column of width 0 is left out. A
// cell before the first column has a mark.
type columns struct {
	id, bar, load, associations, uptime, age, location, status int
}

// Widths of the terminal from which further columns are shown.
const (
	mediumWidth = 60  // load bars, associations and age
	wideWidth   = 100 // uptime
)

// layOut returns the columns for a terminal. Location and status share the cells that the other
// columns leave. The location takes at most the given number of cells.
func layOut(width, location int) columns {
	c := columns{id: 10, load: 4}
	if width >= mediumWidth {
		c = columns{id: 16, bar: 6, load: 4, associations: 3, age: 6}
	}
	if width >= wideWidth {
		c.bar, c.uptime = 10, 8
	}
	rest := width - 1 // The mark.
	for _, w := range []int{c.id, c.bar, c.load, c.associations, c.uptime, c.age} {
		if w > 0 {
			rest -= w + 1
		}
	}
	const narrowest = len("LOCATION") // With less room, a location tells nothing.
	if half := (rest - 1) / 2; half >= narrowest {
		c.location = min(half, max(location, narrowest))
		rest -= c.location + 1
	}
	c.status = max(rest, 0)
	return c
}

// Styles of the table.
var (
	heading = ansi.Style{}.Reverse(true)
	faint   = ansi.Style{}.Faint()
	warning = ansi.Style{}.ForegroundColor(ansi.Red)
)

// styleOf returns the style of a group, in the colours of RSPLIB's monitor.
func styleOf(g csp.Group) ansi.Style {
	switch g {
	case csp.GroupRegistrar:
		return ansi.Style{}.ForegroundColor(ansi.Red)
	case csp.GroupPoolElement:
		return ansi.Style{}.ForegroundColor(ansi.Blue)
	case csp.GroupPoolUser:
		return ansi.Style{}.ForegroundColor(ansi.Green)
	}
	return ansi.Style{}
}

// heading returns the titles of the columns.
func (c columns) heading() string {
	return " " + join(
		left("ID", c.id), left("LOAD", c.bar), right(titleOfLoad(c.bar), c.load), right("AS", c.associations),
		right("UPTIME", c.uptime), right("AGE", c.age), left("LOCATION", c.location), left("STATUS", c.status),
	)
}

// titleOfLoad returns the title of the column with percents, which needs none beside the bar.
func titleOfLoad(bar int) string {
	if bar > 0 {
		return ""
	}
	return "LOAD"
}

// row returns the row of a component at a time.
func (c columns) row(component *csp.Component, now time.Time) string {
	mark := " "
	if component.Contested > 0 {
		mark = warning.Styled("!")
	}
	status, age := component.Status, words.Age(now.Sub(component.Last))
	if component.Final {
		status, age = "ended", ""
	}
	text := mark + join(
		styled(styleOf(component.SenderID.Group()).Bold(), left(shorten(words.ID(component.SenderID), c.id), c.id)),
		bar(component.Workload, c.bar),
		right(words.Load(component.Workload), c.load),
		right(count(associations(component)), c.associations),
		right(words.Uptime(component.Uptime), c.uptime),
		right(age, c.age),
		left(component.Location, c.location),
		left(status, c.status),
	)
	if component.Final {
		return faint.Styled(ansi.Strip(text))
	}
	return text
}

// count returns a number in at most 3 characters.
func count(n int) string {
	if n > 999 {
		return ">1k"
	}
	return strconv.Itoa(n)
}

// shorten returns the end of an identifier in the given number of characters.
func shorten(id string, width int) string {
	if len(id) <= width {
		return id
	}
	return "…" + id[len(id)-width+1:]
}

// join joins the cells that are not empty.
func join(cells ...string) string {
	shown := cells[:0]
	for _, cell := range cells {
		if cell != "" {
			shown = append(shown, cell)
		}
	}
	return strings.Join(shown, " ")
}

// left returns a text at the left of a cell.
func left(text string, width int) string {
	text = ansi.Truncate(text, width, "…")
	return text + strings.Repeat(" ", max(width-ansi.StringWidth(text), 0))
}

// right returns a text at the right of a cell.
func right(text string, width int) string {
	text = ansi.Truncate(text, width, "…")
	return strings.Repeat(" ", max(width-ansi.StringWidth(text), 0)) + text
}

// styled applies a style to a cell that is shown.
func styled(style ansi.Style, cell string) string {
	if cell == "" {
		return ""
	}
	return style.Styled(cell)
}

// eighths are the left parts of a block, in eighths.
var eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// Workloads from which the bar is yellow and red.
const (
	highLoad     = 0.6
	veryHighLoad = 0.9
)

// bar returns a bar for a workload: dots stand for what is free. An unknown workload has no bar.
func bar(w csp.Workload, width int) string {
	fraction, known := w.Fraction()
	if !known || width == 0 {
		return strings.Repeat(" ", width)
	}
	n := int(math.Round(fraction * float64(8*width)))
	blocks := strings.Repeat("█", n/8) + eighths[n%8]
	rest := strings.Repeat("·", width-ansi.StringWidth(blocks))
	color := ansi.Green
	switch {
	case fraction >= veryHighLoad:
		color = ansi.Red
	case fraction >= highLoad:
		color = ansi.Yellow
	}
	return ansi.Style{}.ForegroundColor(color).Styled(blocks) + faint.Styled(rest)
}
