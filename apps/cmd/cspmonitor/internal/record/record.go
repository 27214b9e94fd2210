// Package record has the forms of JSON in which the monitor tells of components. Times are in
// RFC 3339, durations in seconds.
package record

import (
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/apps/cmd/cspmonitor/internal/words"
	"github.com/rserpool-go/rserpool/csp"
)

// Listening is the first record of the output.
type Listening struct {
	Time  time.Time      `json:"time"`
	Event string         `json:"event"` // listening
	Local netip.AddrPort `json:"local"`
}

// Change is a change of a component.
type Change struct {
	Time time.Time `json:"time"`
	// Event is the kind of the change, as of [csp.ChangeKind].
	Event string `json:"event"`
	Component
}

// OfChange returns the record of a change.
func OfChange(c *csp.Change) Change {
	return Change{c.Time, c.Kind.String(), OfComponent(&c.Component)}
}

// Component is a component.
type Component struct {
	Group string `json:"group"` // PR, PE or PU, or ID for another group
	ID    string `json:"id"`    // of the object, in hexadecimal digits

	From     netip.AddrPort `json:"from"` // source of the last report
	Location string         `json:"location"`
	Status   string         `json:"status"`
	Ended    bool           `json:"ended,omitempty"`

	Uptime   float64   `json:"uptime"`
	Interval float64   `json:"interval"`
	First    time.Time `json:"first"` // time of the first report
	Last     time.Time `json:"last"`  // time of the last report
	Reports  uint64    `json:"reports"`

	// Workload is a fraction of 1. Absent: unknown.
	Workload     *float64      `json:"workload,omitempty"`
	Associations []Association `json:"associations"`
	Omitted      int           `json:"omitted,omitempty"` // number of further associations

	// Contested is the number of reports from other addresses, which were ignored. Rival is the
	// source of the last of them.
	Contested uint64          `json:"contested,omitempty"`
	Rival     *netip.AddrPort `json:"rival,omitempty"`
}

// Association is an association of a component with another component.
type Association struct {
	Group       string `json:"group"`
	ID          string `json:"id"`
	Protocol    string `json:"protocol"`
	PPID        uint32 `json:"ppid"`
	Application string `json:"application"`
	// Duration in seconds. Absent: unknown.
	Duration *float64 `json:"duration,omitempty"`
}

// OfComponent returns the record of a component.
func OfComponent(c *csp.Component) Component {
	r := Component{
		Group: words.Group(c.SenderID.Group()), ID: words.ID(c.SenderID),
		From: c.From, Location: c.Location, Status: c.Status, Ended: c.Final,
		Uptime: c.Uptime.Seconds(), Interval: c.Interval.Seconds(), First: c.First, Last: c.Last, Reports: c.Reports,
		Associations: make([]Association, len(c.Associations)), Omitted: c.Omitted, Contested: c.Contested,
	}
	if w, known := c.Workload.Fraction(); known {
		r.Workload = &w
	}
	for i := range c.Associations {
		r.Associations[i] = ofAssociation(&c.Associations[i])
	}
	if c.Contested > 0 {
		r.Rival = &c.Rival
	}
	return r
}

func ofAssociation(a *csp.Association) Association {
	r := Association{
		Group: words.Group(a.ReceiverID.Group()), ID: words.ID(a.ReceiverID),
		Protocol: words.Protocol(a.Protocol), PPID: a.PPID, Application: words.Application(a.PPID),
	}
	if a.Duration != csp.UnknownDuration {
		seconds := a.Duration.Seconds()
		r.Duration = &seconds
	}
	return r
}
