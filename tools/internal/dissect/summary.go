package dissect

import (
	"fmt"
	"strings"
	"time"
)

// A line collects the parts of a summary, with a space between.
type line struct{ strings.Builder }

// add adds a part.
func (l *line) add(format string, args ...any) {
	l.begin()
	fmt.Fprintf(l, format, args...)
}

// begin begins a part.
func (l *line) begin() {
	if l.Len() > 0 {
		l.WriteByte(' ')
	}
}

// flag adds the name of a flag if it is set.
func (l *line) flag(name string, set bool) {
	if set {
		l.add("[%s]", name)
	}
}

// Summary describes the message in a line, without its name. The line of a damaged
// message is the error.
func (m *Message) Summary() string {
	var l line
	l.Grow(128) // enough for most messages
	if m.Err != nil {
		l.add("damaged at offset %d: %s", m.ErrorOffset(), m.ErrorText())
		return l.String()
	}
	switch m.Protocol {
	case ASAP, ENRP:
		l.attributes(m)
	case CSP, FGP, PingPong, CalcApp, SSP:
		l.app(m)
	default:
		l.data(m.Octets)
	}
	return l.String()
}

// data adds the beginning of user data as text.
func (l *line) data(b []byte) {
	const most = 48
	l.add("%d octets", len(b))
	b = trimLineEnd(b)
	more := ""
	if len(b) > most {
		b, more = b[:most], "..."
	}
	if len(b) > 0 {
		l.add("\"%s\"%s", text(b), more)
	}
}

func trimLineEnd(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// rounded returns a time without needless digits.
func rounded(d time.Duration) time.Duration {
	if d >= time.Minute {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
}
