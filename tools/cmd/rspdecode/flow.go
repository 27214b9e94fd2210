package main

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// flowOutput draws a ladder diagram: hosts are columns, and each message is an arrow. The diagram
// consists of blocks with a head, so that the hosts of a long capture stay in sight.
type flowOutput struct {
	w       io.Writer
	time    timeFormat
	colored bool
	columns int // of the terminal; 0: lines are whole

	lanes []lane // of the block, in their order
	rows  []flowRow
	again bool // A block was written.
}

// flowRow is a message in a block.
type flowRow struct {
	date, time       string
	src, dst         lane
	text, beginColor string
}

// Bounds of a block.
const (
	maxFlowRows  = 40
	maxFlowLanes = 8
)

// lane is a column: a host, without a port. Programs on the loopback interface share an address,
// so each of their ports is a lane.
type lane struct{ netip.AddrPort }

func laneOf(a netip.AddrPort) lane {
	if a.Addr().IsLoopback() {
		return lane{a}
	}
	return lane{netip.AddrPortFrom(a.Addr(), 0)}
}

// String returns the head of the column.
func (l lane) String() string {
	if l.Port() == 0 {
		return l.Addr().String()
	}
	return l.AddrPort.String()
}

func (o *flowOutput) write(m *message) error {
	row := flowRow{
		time: o.time.format(m, false), src: laneOf(m.Src), dst: laneOf(m.Dst),
		text: strings.TrimRight(m.Name+"  "+m.Summary(), " "), beginColor: colorOf(m),
	}
	if o.time != "relative" && !m.Time.IsZero() {
		row.date = o.time.format(m, true)[:len("2006-01-02")]
	}
	lanes := o.lanes
	for _, l := range []lane{row.src, row.dst} {
		if !slices.Contains(lanes, l) {
			lanes = append(lanes, l)
		}
	}
	if len(o.rows) > 0 && (len(o.rows) >= maxFlowRows || !o.fits(lanes) || o.rows[0].date != row.date) {
		if err := o.end(); err != nil {
			return err
		}
		return o.write(m)
	}
	o.lanes = lanes
	o.rows = append(o.rows, row)
	return nil
}

// fits reports whether lanes fit the bounds of a block, and leave room for the names of messages at a
// terminal.
func (o *flowOutput) fits(lanes []lane) bool {
	if len(lanes) > maxFlowLanes {
		return false
	}
	const nameWidth = 20
	return o.columns == 0 || timeWidth+len(lanes)*pitch(lanes)+nameWidth <= o.columns
}

// timeWidth is the width of a time with the space behind it.
const timeWidth = 17

// pitch returns the distance between lanes.
func pitch(lanes []lane) int {
	const least = 11
	longest := least
	for _, l := range lanes {
		longest = max(longest, len(l.String())+2)
	}
	return longest
}

// end writes the block.
func (o *flowOutput) end() error {
	if len(o.rows) == 0 {
		return nil
	}
	slices.SortFunc(o.lanes, func(a, b lane) int { return a.Compare(b.AddrPort) })
	var b strings.Builder
	if o.again {
		b.WriteByte('\n')
	}
	step := pitch(o.lanes)
	head := fmt.Sprintf("%-*s", timeWidth, o.rows[0].date)
	for _, l := range o.lanes {
		head += center(l.String(), step)
	}
	o.line(&b, strings.TrimRight(head, " "), "", "")
	for _, row := range o.rows {
		arrow := arrow(len(o.lanes), step, slices.Index(o.lanes, row.src), slices.Index(o.lanes, row.dst))
		o.line(&b, fmt.Sprintf("%-*s", timeWidth, row.time)+arrow, row.text, row.beginColor)
	}
	o.rows, o.lanes, o.again = o.rows[:0], o.lanes[:0], true
	_, err := io.WriteString(o.w, b.String())
	return err
}

// line writes a line that fits the terminal, with the second part in a colour.
func (o *flowOutput) line(b *strings.Builder, first, second, color string) {
	if o.columns > 0 {
		second = cut(second, max(o.columns-utf8.RuneCountInString(first), 0))
		first = cut(first, o.columns)
	}
	if o.colored && second != "" {
		second = paint(second, color)
	}
	b.WriteString(first + second + "\n")
}

// center returns a text in the middle of a field. The middle of an odd text is where [arrow] draws
// the lane.
func center(text string, width int) string {
	left := (width - len(text)) / 2
	return strings.Repeat(" ", left) + text + strings.Repeat(" ", width-len(text)-left)
}

// arrow draws an arrow from a lane to another lane, and the lanes that are not concerned.
func arrow(lanes, step, from, to int) string {
	cells := []rune(strings.Repeat(" ", lanes*step))
	place := func(lane int) int { return lane*step + step/2 }
	for i := range lanes {
		cells[place(i)] = '│'
	}
	left, right := place(min(from, to)), place(max(from, to))
	for i := left + 1; i < right; i++ {
		if cells[i] == ' ' {
			cells[i] = '─'
		} else {
			cells[i] = '┼'
		}
	}
	switch {
	case from < to:
		cells[left], cells[right-1] = '├', '▶'
	case from > to:
		cells[right], cells[left+1] = '┤', '◀'
	default:
		cells[left] = '↻'
	}
	return string(cells)
}
