package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/record"
	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/words"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
)

// lines turns changes into lines.
type lines struct {
	json        bool
	full        bool // text with associations
	maxLocation int
}

// listening returns the first line.
func (l *lines) listening(local netip.AddrPort, now time.Time) string {
	if l.json {
		return encode(record.Listening{Time: now, Event: "listening", Local: local})
	}
	return fmt.Sprintf("%s listening at %v\n", now.Format(cli.TimeFormat), local)
}

// change returns the line of a change, nothing if the change is not worth one.
func (l *lines) change(c csp.Change) []byte {
	if l.json {
		return []byte(encode(record.OfChange(&c)))
	}
	if c.Kind == csp.Repeated {
		return nil
	}
	return l.text(&c)
}

// text returns the line of a change: its time and kind, and the component in the words of RSPLIB's
// monitor.
func (l *lines) text(change *csp.Change) []byte {
	var b bytes.Buffer
	c := &change.Component
	fmt.Fprintf(&b, "%s %-9s %s %s [%s] U=%s A=%d", change.Time.Format(cli.TimeFormat), change.Kind,
		words.Group(c.SenderID.Group()), words.ID(c.SenderID), words.Cut(c.Location, l.maxLocation),
		words.Uptime(c.Uptime), len(c.Associations)+c.Omitted)
	if load := words.Load(c.Workload); load != "" {
		fmt.Fprintf(&b, " L=%4s", load)
	}
	fmt.Fprintf(&b, " %q", c.Status)
	if l.full {
		var links []string
		for _, a := range c.Associations {
			links = append(links, " -> "+words.Association(&a))
		}
		if c.Omitted > 0 {
			links = append(links, fmt.Sprintf(" -> and %d more", c.Omitted))
		}
		b.WriteString(strings.Join(links, ","))
	}
	if c.Contested > 0 {
		fmt.Fprintf(&b, " (%s from %v ignored)", cli.Count(c.Contested, "report"), c.Rival)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// encode returns a line of JSON.
func encode(value any) string {
	line, err := json.Marshal(value)
	if err != nil {
		panic("BUG: record: " + err.Error())
	}
	return string(line) + "\n"
}
