package main

import (
	"slices"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/dissect"
)

// groups is the number of groups of protocols that a report tells apart.
const groups = 5

// groupNames are the names of the groups, which are CSS classes as well.
var groupNames = [groups]string{"ASAP", "ENRP", "CSP", "applications", "other"}

// groupOf returns the group of a message.
func groupOf(m *message) int {
	switch m.Protocol {
	case dissect.ASAP:
		return 0
	case dissect.ENRP:
		return 1
	case dissect.CSP:
		return 2
	case dissect.Data, dissect.SCTP:
		return 4
	}
	return 3
}

// Bounds of the ladder of a report: the first messages, and some before and after each mark.
const (
	ladderStart  = 400
	ladderBefore = 10
	ladderAfter  = 15
	maxLadder    = 1000
	maxLanes     = 14
	maxSummary   = 200 // characters
)

// ladder keeps the messages that a report draws.
type ladder struct {
	rungs  []rung
	recent []rung // not drawn so far
	after  int    // messages to come that are drawn
	gap    int    // messages between the last rung and the recent ones
	lanes  []lane
}

// rung is a message of a ladder.
type rung struct {
	Gap        int // messages in front of it that are left out
	Since      time.Duration
	Frame      int
	src, dst   lane
	group      int
	Name, Text string
	IsDamaged  bool
	Mark       string
}

// hear takes a message. kind is that of a mark, or empty.
func (l *ladder) hear(m *message, kind string) {
	r := rung{
		Since: m.Since, Frame: m.Frame, src: laneOf(m.Src), dst: laneOf(m.Dst), group: groupOf(m),
		Name: shortName(m.Name), Text: cut(m.Summary(), maxSummary), IsDamaged: m.Err != nil, Mark: kind,
	}
	if kind != "" {
		for _, before := range l.recent {
			l.draw(before)
		}
		l.recent = l.recent[:0]
		l.after = ladderAfter + 1
	}
	switch {
	case len(l.rungs) < ladderStart || l.after > 0 && len(l.rungs) < maxLadder:
		l.after = max(l.after-1, 0)
		l.draw(r)
	case len(l.recent) == ladderBefore:
		l.gap++
		l.recent = append(slices.Delete(l.recent, 0, 1), r)
	default:
		l.recent = append(l.recent, r)
	}
}

// draw adds a rung.
func (l *ladder) draw(r rung) {
	if len(l.rungs) >= maxLadder {
		l.gap++
		return
	}
	r.Gap, l.gap = l.gap, 0
	l.rungs = append(l.rungs, r)
	for _, end := range []lane{r.src, r.dst} {
		if len(l.lanes) < maxLanes && !slices.Contains(l.lanes, end) {
			l.lanes = append(l.lanes, end)
		}
	}
}

// rest returns the number of messages behind the last rung.
func (l *ladder) rest() int { return l.gap + len(l.recent) }

// shortName returns a name without its protocol.
func shortName(name string) string {
	if _, short, found := strings.Cut(name, "_"); found {
		return short
	}
	return name
}
