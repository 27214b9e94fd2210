package main

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// textOutput writes a line for each message, in columns. A column gets wider when
// something does not fit, and stays so.
type textOutput struct {
	w       io.Writer
	verbose bool
	time    timeFormat
	colored bool
	columns int // of the terminal; 0: lines are whole
	buf     []byte

	// Widths of columns.
	srcWidth, dstWidth, nameWidth int
}

// Widths that columns have at least: those of 192.168.100.1:41234, and of the longest name of ASAP.
// Columns for a terminal are as narrow as their content.
const (
	minAddrWidth = 19
	minNameWidth = 31
)

func (o *textOutput) write(m *message) error {
	if o.columns == 0 {
		o.srcWidth, o.dstWidth = max(o.srcWidth, minAddrWidth), max(o.dstWidth, minAddrWidth)
		o.nameWidth = max(o.nameWidth, minNameWidth)
	}
	src, dst := m.Src.String(), m.Dst.String()
	o.srcWidth = max(o.srcWidth, len(src))
	o.dstWidth = max(o.dstWidth, len(dst))
	o.nameWidth = max(o.nameWidth, len(m.Name))
	b := fmt.Appendf(o.buf[:0], "%6d  %s  %-*s > %-*s  ",
		m.Frame, o.time.format(m, o.columns == 0), o.srcWidth, src, o.dstWidth, dst)
	front := len(b)
	b = bytes.TrimRight(fmt.Appendf(b, "%-*s  %s", o.nameWidth, m.Name, m.Summary()), " ")
	if o.columns > 0 || o.colored {
		front = min(front, len(b))
		b = []byte(o.dress(string(b[:front]), string(b[front:]), m))
	}
	o.buf = append(b, '\n')
	if _, err := o.w.Write(o.buf); err != nil || !o.verbose {
		return err
	}
	return o.writeTree(m)
}

// end writes nothing: each message was written at once.
func (o *textOutput) end() error { return nil }

// dress joins both parts of a line, cuts the line to the width of the terminal, and colours the
// second part.
func (o *textOutput) dress(line, rest string, m *message) string {
	if o.columns > 0 {
		room := max(o.columns-utf8.RuneCountInString(line), 0)
		line, rest = cut(line, o.columns), cut(rest, room)
	}
	if o.colored && rest != "" {
		rest = paint(rest, colorOf(m))
	}
	return line + rest
}

// writeTree writes what carried the message, and its fields with their offsets.
func (o *textOutput) writeTree(m *message) error {
	b := treeText{width: o.valueWidth()}
	fmt.Fprintf(&b, "        %s, %d octets over %v", m.Protocol, len(m.Octets), m.Carrier)
	if hasPPID(m) {
		fmt.Fprintf(&b, ", PPID %d, stream %d, TSN %d", m.PPID, m.Stream, m.TSN)
		if m.Fragments > 1 {
			fmt.Fprintf(&b, ", %d fragments", m.Fragments)
		}
	}
	b.WriteByte('\n')
	b.fields(m.Fields(), 1)
	b.WriteByte('\n')
	_, err := io.WriteString(o.w, b.String())
	return err
}

// valueColumn is where values begin, counted from the offset column.
const valueColumn = 26

// valueWidth returns the number of characters of a value in a line.
func (o *textOutput) valueWidth() int {
	const most, least = 96, 16
	if o.columns == 0 {
		return most
	}
	return min(most, max(least, o.columns-valueColumn-10))
}

// treeText is the text of the fields of a message. Values have width characters in a line.
type treeText struct {
	strings.Builder
	width int
}

func (b *treeText) fields(t dissect.Tree, depth int) {
	for i := range t {
		b.field(t[i].Name, &t[i], depth)
	}
}

func (b *treeText) field(name string, f *dissect.Field, depth int) {
	label := strings.Repeat("  ", depth) + name
	head := fmt.Sprintf("%8d%s", f.Offset, label)
	switch v := f.Value.(type) {
	case dissect.Tree:
		fmt.Fprintf(b, "%s\n", head)
		b.fields(v, depth+1)
	case dissect.List:
		if scalars, ok := joinScalars(v); ok {
			b.value(head, scalars)
			return
		}
		fmt.Fprintf(b, "%s\n", head)
		for i := range v {
			b.field("["+strconv.Itoa(i)+"]", &v[i], depth+1)
		}
	default:
		b.value(head, fmt.Sprint(v))
	}
}

// value writes a value behind its name, over as many lines as it takes.
func (b *treeText) value(head, value string) {
	fmt.Fprintf(b, "%-*s  ", valueColumn+8, head)
	inLine := 0
	for _, r := range value {
		if inLine == b.width {
			fmt.Fprintf(b, "\n%*s", valueColumn+10, "")
			inLine = 0
		}
		b.WriteRune(r)
		inLine++
	}
	b.WriteByte('\n')
}

// joinScalars returns a list as text if it is empty or its items are plain values
// without places worth showing.
func joinScalars(list dissect.List) (string, bool) {
	texts := make([]string, len(list))
	for i := range list {
		switch v := list[i].Value.(type) {
		case dissect.Tree, dissect.List:
			return "", false
		default:
			texts[i] = fmt.Sprint(v)
		}
	}
	if len(texts) == 0 {
		return "none", true
	}
	return strings.Join(texts, " "), true
}
