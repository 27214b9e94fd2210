// Package words has the words for the values of status reports, as the monitor shows them. The
// words are the same as in RSPLIB's monitor, except that identifiers begin with 0x.
package words

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/rserpool-go/rserpool/csp"
)

// Group returns the abbreviation of a group: PR, PE, PU, or ID for an unknown group.
func Group(g csp.Group) string {
	switch g {
	case csp.GroupRegistrar:
		return "PR"
	case csp.GroupPoolElement:
		return "PE"
	case csp.GroupPoolUser:
		return "PU"
	}
	return "ID"
}

// ID returns the object of an identifier in hexadecimal digits: 8 for registrars and elements, 14
// for users and for objects that need more than 8, 16 with the group for an unknown group.
func ID(id csp.ComponentID) string {
	switch g := id.Group(); {
	case Group(g) == "ID":
		return id.String()
	case g == csp.GroupPoolUser || id.Object() > 0xffffffff:
		return fmt.Sprintf("0x%014x", id.Object())
	}
	return fmt.Sprintf("0x%08x", id.Object())
}

// The application protocols by their payload protocol identifiers, as RSPLIB's monitor calls them.
var applications = map[uint32]string{
	0: "Data", 11: "ASAP", 12: "ENRP", 32: "FractGen", 33: "PingPong", 34: "CalcApp", 35: "Scripting",
}

// Application returns the name of the application protocol with a payload protocol identifier, or
// the identifier in hexadecimal digits.
func Application(ppid uint32) string {
	if name, ok := applications[ppid]; ok {
		return name
	}
	return fmt.Sprintf("0x%08x", ppid)
}

// Protocol returns the name of a transport protocol, or its number in hexadecimal digits.
func Protocol(p csp.Protocol) string {
	switch p {
	case csp.ProtocolSCTP, csp.ProtocolTCP, csp.ProtocolUDP:
		return p.String()
	}
	return fmt.Sprintf("0x%04x", uint16(p))
}

// Association returns the receiver, the protocols and the duration of an association, such as
// PR 0x11223344 ASAP/SCTP 0:01:00.
func Association(a *csp.Association) string {
	s := Group(a.ReceiverID.Group()) + " " + ID(a.ReceiverID) + " " + Application(a.PPID) + "/" + Protocol(a.Protocol)
	if a.Duration != csp.UnknownDuration {
		s += " " + clock(a.Duration)
	}
	return s
}

const (
	day = 24 * time.Hour
	// clockMost is the uptime above which days are shown.
	clockMost = 100 * time.Hour
	// hoursMost is the uptime above which hours have no room beside the days.
	hoursMost = 1000 * day
	// daysMost is the uptime above which a report cannot be true: senders of before 2008 report
	// the time since 1970.
	daysMost = 15000 * day
)

// Uptime returns an uptime in 8 characters: hours, minutes and seconds, days and hours, days, or
// question marks for an uptime that cannot be true.
func Uptime(d time.Duration) string {
	switch {
	case d < clockMost:
		return fmt.Sprintf("%02d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
	case d < hoursMost:
		return fmt.Sprintf("%3dd %02dh", d/day, d/time.Hour%24)
	case d < daysMost:
		return fmt.Sprintf("%7dd", d/day)
	}
	return "??:??:??"
}

func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d/time.Minute%60, d/time.Second%60)
}

// Age returns the time since a report in at most 5 characters: tenths of seconds, minutes, or hours.
func Age(d time.Duration) string {
	switch {
	case d < 100*time.Second:
		return fmt.Sprintf("%.1fs", max(d, 0).Seconds())
	case d < 100*time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%dh", min(d/time.Hour, 9999))
}

// Load returns a workload in percent, empty if it is unknown.
func Load(w csp.Workload) string {
	if w == csp.WorkloadUnknown {
		return ""
	}
	return w.String()
}

// Cut returns at most n characters of a text, n at least 1. The last is an ellipsis if the text is
// longer.
func Cut(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}
