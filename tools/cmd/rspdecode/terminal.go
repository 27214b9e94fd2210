package main

import (
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// cut returns the first columns of a text. The last column of a cut text shows an ellipsis.
func cut(text string, columns int) string {
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	if columns <= 0 {
		return ""
	}
	return string([]rune(text)[:columns-1]) + "…"
}

// Colours of a terminal (ECMA-48, 8.3.117).
const (
	red     = "31"
	green   = "32"
	blue    = "34"
	magenta = "35"
	cyan    = "36"
	noColor = "39"
)

// paint colours a text.
func paint(text, color string) string { return "\033[" + color + "m" + text + "\033[0m" }

// colorOf returns the colour of the protocol of a message. A damaged message is red.
func colorOf(m *message) string {
	if m.Err != nil {
		return red
	}
	switch m.Protocol {
	case dissect.ASAP:
		return cyan
	case dissect.ENRP:
		return magenta
	case dissect.CSP:
		return blue
	case dissect.Data, dissect.SCTP:
		return noColor
	}
	return green
}
