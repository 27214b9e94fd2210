package csp

import (
	"cmp"
	"container/heap"
	"container/list"
	"net/netip"
	"slices"
	"time"
)

// MonitorConfig has the bounds of a [Monitor]. The zero value works.
type MonitorConfig struct {
	// MaxComponents is the number of components. 0: 4096.
	MaxComponents int
	// MaxPerSource is the number of components that report from the same IPv4 address, or from
	// the same IPv6 network (/64). 0: 1024.
	MaxPerSource int
	// MaxAssociations is the number of associations of a component. The rest is counted and
	// left out. 0: 64.
	MaxAssociations int
	// MaxAge is the time without a report after which a component is removed. A component whose
	// next ten reports are due sooner is removed after that time, but not within a second. 0: 30 s.
	MaxAge time.Duration
}

func (c MonitorConfig) withDefaults() MonitorConfig {
	c.MaxComponents = cmp.Or(c.MaxComponents, 4096)
	c.MaxPerSource = cmp.Or(c.MaxPerSource, 1024)
	c.MaxAssociations = cmp.Or(c.MaxAssociations, 64)
	c.MaxAge = cmp.Or(c.MaxAge, 30*time.Second)
	return c
}

const (
	// intervalsToLive is the number of a component's own intervals after which it is removed, as
	// in RSPLIB.
	intervalsToLive = 10
	minAge          = time.Second

	// endedIntervals is the number of intervals for which a component is kept after its final
	// report. The next report of a component whose final report was forged comes within that time.
	endedIntervals = 2
	minEnded       = 2 * time.Second

	// reorderTime is the time after a final report in which earlier reports may still arrive.
	reorderTime = time.Second
)

// A Monitor keeps the components that report to it: a pure state machine, without a socket and a
// clock. Anybody can send reports, so all parts of it are bounded, and a forged report does as
// little as possible:
//
//   - An identifier belongs to the address that reported it first, until the component is removed.
//     Reports from other addresses, also final reports, are ignored and counted.
//   - A component that has reported at least twice keeps its room until it falls silent. In a full
//     Monitor, a newcomer takes the room of the component that has waited longest for its second
//     report. Without such a component the newcomer is refused. A source at its bound competes with
//     itself alone, by the same rule.
//   - A final report marks a component as ended. It keeps its room for two of its intervals, at
//     least 2 s, and lives on with its next report.
//   - A final report of an unknown component is ignored.
//
// These rules do not help against a forger of source addresses who also knows the address of the
// component. Such a forger can change all that a report tells.
type Monitor struct {
	config     MonitorConfig
	components map[ComponentID]*entry
	sources    map[netip.Addr]*source
	expiry     expiry
	fresh      list.List // *entry with a single report, the oldest first
	counters   Counters
	changes    []Change // of this step
}

// entry is a component with its places in the lists of a monitor.
type entry struct {
	Component
	source      *source
	deadline    time.Time     // end of the component if it reports nothing
	index       int           // in expiry
	fresh       *list.Element // in Monitor.fresh; nil: the component has reported twice
	freshHere   *list.Element // in source.fresh
	finalUptime time.Duration // of the final report
}

// NewMonitor returns a monitor without components.
func NewMonitor(config MonitorConfig) *Monitor {
	return &Monitor{
		config:     config.withDefaults(),
		components: make(map[ComponentID]*entry),
		sources:    make(map[netip.Addr]*source),
	}
}

// An Event is input of a [Monitor]: a [Datagram] or a [Timer].
type Event interface{ isEvent() }

// A Datagram has arrived. Step does not keep its data.
type Datagram struct {
	From netip.AddrPort
	Data []byte
}

// A Timer says that time has passed, and that the deadline may be over.
type Timer struct{}

func (Datagram) isEvent() {}
func (Timer) isEvent()    {}

// ChangeKind is the kind of a change.
type ChangeKind uint8

// The kinds of changes.
const (
	// Appeared: a report of an unknown component.
	Appeared ChangeKind = iota + 1
	// Changed: a report that differs from the component's last report, other than in times.
	Changed
	// Repeated: a report that tells the same as the component's last report.
	Repeated
	// Ended: a final report. The component is removed after a while.
	Ended
	// Removed: a component that had ended is forgotten.
	Removed
	// Expired: a component has reported nothing for too long, and is removed.
	Expired
	// Displaced: a component is removed for a newcomer, before its second report.
	Displaced
)

var changeKinds = [...]string{"", "appeared", "changed", "repeated", "ended", "removed", "expired", "displaced"}

// String returns the kind in a word.
func (k ChangeKind) String() string {
	if int(k) < len(changeKinds) {
		return changeKinds[k]
	}
	return "unknown"
}

// A Change is a change of a component, with the component's state after the change, or its last
// state if it was removed.
type Change struct {
	Time      time.Time
	Kind      ChangeKind
	Component Component
}

// Step tells the monitor of an event, and returns the changes that follow. First, components whose
// time is over are removed. The slice is valid until the next call.
//
// A datagram takes a time that is logarithmic in the number of components.
func (m *Monitor) Step(now time.Time, event Event) []Change {
	clear(m.changes)
	m.changes = m.changes[:0]
	m.expire(now)
	if d, ok := event.(Datagram); ok {
		m.counters.Datagrams++
		m.receive(now, d)
	}
	return m.changes
}

// Deadline returns the time at which the next component is removed, zero without components.
func (m *Monitor) Deadline() time.Time {
	if len(m.expiry) == 0 {
		return time.Time{}
	}
	return m.expiry[0].deadline
}

// Snapshot returns copies of all components.
func (m *Monitor) Snapshot(now time.Time) Snapshot {
	s := Snapshot{Time: now, Components: make([]Component, len(m.expiry)), Counters: m.counters}
	sorted := slices.SortedFunc(slices.Values(m.expiry), func(a, b *entry) int { return cmp.Compare(a.SenderID, b.SenderID) })
	for i, e := range sorted {
		s.Components[i] = e.Component
	}
	return s
}

func (m *Monitor) note(now time.Time, kind ChangeKind, e *entry) {
	m.changes = append(m.changes, Change{now, kind, e.Component})
}

// expire removes the components whose time is over.
func (m *Monitor) expire(now time.Time) {
	for len(m.expiry) > 0 && !m.expiry[0].deadline.After(now) {
		e := m.expiry[0]
		kind := Expired
		if e.Final {
			kind = Removed
		}
		m.remove(now, kind, e)
	}
}

func (m *Monitor) remove(now time.Time, kind ChangeKind, e *entry) {
	m.note(now, kind, e)
	heap.Remove(&m.expiry, e.index)
	delete(m.components, e.SenderID)
	m.settle(e)
	if e.source.components--; e.source.components == 0 {
		delete(m.sources, e.source.network)
	}
}

// receive handles a datagram.
func (m *Monitor) receive(now time.Time, d Datagram) {
	r, err := parse(d.Data, m.config.MaxAssociations)
	if err != nil || r.SenderID.Object() == 0 {
		m.counters.Malformed++
		return
	}
	from := netip.AddrPortFrom(d.From.Addr().Unmap(), d.From.Port())
	e := m.components[r.SenderID]
	switch {
	case e == nil && r.Final:
	case e == nil:
		if e = m.admit(now, r.SenderID, from); e != nil {
			m.update(now, e, r, associations(d.Data), from)
			m.note(now, Appeared, e)
		}
	case e.From.Addr() != from.Addr():
		m.counters.Contested++
		e.Contested++
		e.Rival = from
	case r.Final:
		m.end(now, e, r.Uptime)
	case e.isLate(now, r):
	default:
		previous := e.Component
		m.settle(e)
		m.update(now, e, r, associations(d.Data), from)
		kind := Repeated
		if e.differs(&previous) {
			kind = Changed
		}
		m.note(now, kind, e)
	}
}

// isLate reports whether a report was sent before the final report, which has overtaken it.
func (e *entry) isLate(now time.Time, r *Report) bool {
	return e.Final && now.Sub(e.Last) < reorderTime && e.Uptime <= r.Uptime && r.Uptime < e.finalUptime
}

// update replaces the report of a component. The report has total associations.
func (m *Monitor) update(now time.Time, e *entry, r *Report, total int, from netip.AddrPort) {
	e.Report = *r
	e.Location, e.Status = clean(r.Location), clean(r.Status)
	e.Omitted = total - len(r.Associations)
	e.From, e.Last = from, now
	e.Reports++
	m.extend(e, now.Add(min(max(intervalsToLive*r.Interval, minAge), m.config.MaxAge)))
}

// end marks a component as ended. Its final report says nothing else.
func (m *Monitor) end(now time.Time, e *entry, uptime time.Duration) {
	if e.Final {
		return
	}
	e.Final, e.Last, e.finalUptime = true, now, uptime
	m.extend(e, now.Add(min(max(endedIntervals*e.Interval, minEnded), max(m.config.MaxAge, minEnded))))
	m.note(now, Ended, e)
}

func (m *Monitor) extend(e *entry, deadline time.Time) {
	e.deadline = deadline
	heap.Fix(&m.expiry, e.index)
}

// expiry is a heap of components, the earliest deadline first.
type expiry []*entry

func (x expiry) Len() int           { return len(x) }
func (x expiry) Less(i, j int) bool { return x[i].deadline.Before(x[j].deadline) }

func (x expiry) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].index, x[j].index = i, j
}

// Push adds a component at the end.
func (x *expiry) Push(e any) {
	e.(*entry).index = len(*x)
	*x = append(*x, e.(*entry))
}

// Pop removes the component at the end.
func (x *expiry) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	return e
}
