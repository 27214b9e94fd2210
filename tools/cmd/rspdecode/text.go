package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/decode"
	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// textOutput writes a line for each message, in columns. A column gets wider when
// something does not fit, and stays so.
type textOutput struct {
	w       io.Writer
	verbose bool
	time    timeFormat

	first time.Time
	// Widths of columns.
	srcWidth, dstWidth, nameWidth int
}

// Widths that columns have at least: those of 192.168.100.1:41234, and of the longest name of ASAP.
const (
	minAddrWidth = 19
	minNameWidth = 31
)

func (o *textOutput) write(r *decode.Record) error {
	if o.first.IsZero() {
		o.first = r.Time
	}
	src, dst := r.Src.String(), r.Dst.String()
	o.srcWidth = max(o.srcWidth, len(src), minAddrWidth)
	o.dstWidth = max(o.dstWidth, len(dst), minAddrWidth)
	o.nameWidth = max(o.nameWidth, len(r.Name), minNameWidth)
	line := fmt.Sprintf("%6d  %s  %-*s > %-*s  %-*s  %s",
		r.Frame, o.time.format(r.Time, o.first), o.srcWidth, src, o.dstWidth, dst, o.nameWidth, r.Name, r.Summary())
	if _, err := fmt.Fprintln(o.w, strings.TrimRight(line, " ")); err != nil || !o.verbose {
		return err
	}
	return o.writeTree(r)
}

// writeTree writes what carried the message, and its fields with their offsets.
func (o *textOutput) writeTree(r *decode.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "        %s, %d octets over %v", r.Protocol, len(r.Octets), r.Carrier)
	if r.Carrier == decode.OverSCTP || r.Carrier == decode.OverSCTPInUDP {
		fmt.Fprintf(&b, ", PPID %d, stream %d, TSN %d", r.PPID, r.Stream, r.TSN)
		if r.Fragments > 1 {
			fmt.Fprintf(&b, ", %d fragments", r.Fragments)
		}
	}
	b.WriteByte('\n')
	appendTree(&b, r.Fields(), 1)
	b.WriteByte('\n')
	_, err := io.WriteString(o.w, b.String())
	return err
}

// valueColumn is where values begin, counted from the offset column.
const valueColumn = 26

func appendTree(b *strings.Builder, t dissect.Tree, depth int) {
	for i := range t {
		appendField(b, t[i].Name, &t[i], depth)
	}
}

func appendField(b *strings.Builder, name string, f *dissect.Field, depth int) {
	label := strings.Repeat("  ", depth) + name
	head := fmt.Sprintf("%8d%s", f.Offset, label)
	switch v := f.Value.(type) {
	case dissect.Tree:
		fmt.Fprintf(b, "%s\n", head)
		appendTree(b, v, depth+1)
	case dissect.List:
		if scalars, ok := joinScalars(v); ok {
			appendValue(b, head, scalars)
			return
		}
		fmt.Fprintf(b, "%s\n", head)
		for i := range v {
			appendField(b, "["+strconv.Itoa(i)+"]", &v[i], depth+1)
		}
	default:
		appendValue(b, head, fmt.Sprint(v))
	}
}

// appendValue writes a value behind its name, over as many lines as it takes.
func appendValue(b *strings.Builder, head, value string) {
	const most = 96
	fmt.Fprintf(b, "%-*s  ", valueColumn+8, head)
	inLine := 0
	for _, r := range value {
		if inLine == most {
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
