package main

import (
	"fmt"
	"time"

	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// mark is an event that a report points out.
type mark struct {
	Kind  string // failover, unreachable or takeover
	Since time.Duration
	Frame int
	Text  string
}

// Bounds of marks. A registrar tells all its peers of a takeover, which is the same mark if it comes again
// within a short time.
const (
	maxMarks   = 200
	sameMark   = 5 * time.Second
	maxSimilar = 16
)

// marks are the events of a capture.
type marks struct {
	list    []mark
	leftOut int
}

// hear takes a message, and reports whether it is a new mark.
func (m *marks) hear(msg *message) bool {
	kind, text := markOf(msg)
	if kind == "" {
		return false
	}
	for _, old := range m.list[max(0, len(m.list)-maxSimilar):] {
		if old.Kind == kind && old.Text == text && msg.Since-old.Since < sameMark {
			return false
		}
	}
	if len(m.list) >= maxMarks {
		m.leftOut++
		return false
	}
	m.list = append(m.list, mark{kind, msg.Since, msg.Frame, text})
	return true
}

// markOf returns the kind and the text of a mark, an empty kind for other messages.
func markOf(m *message) (kind, text string) {
	switch parsed := m.Parsed().(type) {
	case *asapmsg.CookieEcho:
		return "failover", fmt.Sprintf("%v resumes its session at %v", laneOf(m.Src), m.Dst)
	case *asapmsg.EndpointUnreachable:
		return "unreachable", fmt.Sprintf("%v reports element %v of pool %v", laneOf(m.Src), parsed.PEID, parsed.PoolHandle)
	case *enrpmsg.InitTakeover:
		return "takeover", fmt.Sprintf("registrar %v wants to take over registrar %v", parsed.Sender, parsed.TargetID)
	case *enrpmsg.TakeoverServer:
		return "takeover", fmt.Sprintf("registrar %v has taken over registrar %v", parsed.Sender, parsed.TargetID)
	}
	return "", ""
}
