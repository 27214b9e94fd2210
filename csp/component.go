package csp

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Component is a component as a [Monitor] knows it.
type Component struct {
	// Report is the last report, except that a final report only sets Final. In its texts,
	// U+FFFD stands for each octet that is not UTF-8, and for each character that a terminal
	// obeys or does not show.
	//
	// The associations are shared by all copies of the Component, and must not be changed.
	Report

	// Omitted is the number of associations beyond [MonitorConfig.MaxAssociations].
	Omitted int
	// From is the source of the last report.
	From netip.AddrPort
	// First and Last are the times of the first report and of the last report.
	First, Last time.Time
	// Reports is the number of reports.
	Reports uint64
	// Contested is the number of reports with the identifier of this component that came from
	// another address, and were ignored. Rival is the source of the last of them.
	Contested uint64
	Rival     netip.AddrPort
}

// differs reports whether two reports of a component tell different things. Times always differ,
// and are left out.
func (c *Component) differs(previous *Component) bool {
	return c.Final != previous.Final || c.Location != previous.Location || c.Status != previous.Status ||
		c.Workload != previous.Workload || c.Interval != previous.Interval || c.Omitted != previous.Omitted ||
		!slices.EqualFunc(c.Associations, previous.Associations, func(a, b Association) bool {
			return a.ReceiverID == b.ReceiverID && a.Protocol == b.Protocol && a.PPID == b.PPID
		})
}

// A Snapshot has the components of a [Monitor] at a time.
type Snapshot struct {
	Time time.Time
	// Components are sorted by their identifiers, so by group.
	Components []Component
	Counters   Counters
}

// Counters count datagrams since the start of a [Monitor].
type Counters struct {
	// Datagrams counts all datagrams.
	Datagrams uint64
	// Malformed counts datagrams that are not reports, and reports without an identifier.
	Malformed uint64
	// Contested counts reports that were ignored because the identifier belongs to another
	// address.
	Contested uint64
	// Refused counts reports of unknown components for which there was no room.
	Refused uint64
	// Displaced counts components that lost their room to a newcomer.
	Displaced uint64
}

// clean returns a text in which U+FFFD stands for all that is not printable: octets that are not
// UTF-8, control characters, invisible characters, and characters that change the direction of
// writing.
func clean(text string) string {
	if isPlain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, text)
}

// isPlain reports whether a text is printable ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
