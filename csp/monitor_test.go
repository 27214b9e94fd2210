package csp_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// watch is a monitor in virtual time.
type watch struct {
	*csp.Monitor
	tb  testing.TB
	now time.Time
}

func newWatch(tb testing.TB, c csp.MonitorConfig) *watch {
	return &watch{csp.NewMonitor(c), tb, time.Unix(1e9, 0)}
}

// step returns the kinds of the changes.
func (w *watch) step(event csp.Event) (kinds []csp.ChangeKind) {
	for _, c := range w.Step(w.now, event) {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

// report has a report arrive from an address.
func (w *watch) report(from string, r csp.Report) []csp.ChangeKind {
	w.tb.Helper()
	b, err := r.AppendBinary(nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	return w.step(csp.Datagram{From: netip.MustParseAddrPort(from), Data: b})
}

// expect compares kinds of changes.
func (w *watch) expect(what string, got []csp.ChangeKind, want ...csp.ChangeKind) {
	w.tb.Helper()
	if !slices.Equal(got, want) {
		w.tb.Fatalf("%s: changes %v, want %v", what, got, want)
	}
}

// after lets time pass, and returns the changes.
func (w *watch) after(d time.Duration) []csp.ChangeKind {
	w.now = w.now.Add(d)
	return w.step(csp.Timer{})
}

// component returns a component.
func (w *watch) component(id csp.ComponentID) (csp.Component, bool) {
	all := w.Snapshot(w.now).Components
	i := slices.IndexFunc(all, func(c csp.Component) bool { return c.SenderID == id })
	if i < 0 {
		return csp.Component{}, false
	}
	return all[i], true
}

func (w *watch) expectAlive(id csp.ComponentID) csp.Component {
	w.tb.Helper()
	c, ok := w.component(id)
	if !ok || c.Final {
		w.tb.Fatalf("component %v: known %v, ended %v, want alive", id, ok, c.Final)
	}
	return c
}

const (
	home  = "192.0.2.1:40000"
	rival = "192.0.2.66:40000"
)

var element = csp.NewComponentID(csp.GroupPoolElement, 0xdeadbeef)

func alive(id csp.ComponentID, uptime time.Duration) csp.Report {
	return csp.Report{SenderID: id, Uptime: uptime, Interval: time.Second, Location: "here", Status: "1 Session", Workload: csp.WorkloadUnknown}
}

// TestMonitorLife is the life of a component: its reports, its end, and its removal.
func TestMonitorLife(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{})
	w.expect("first report", w.report(home, alive(element, 0)), csp.Appeared)
	w.now = w.now.Add(time.Second)
	// Components of RSPLIB have another source port for each report.
	w.expect("second report", w.report("192.0.2.1:40001", alive(element, time.Second)), csp.Repeated)
	busy := alive(element, 2*time.Second)
	busy.Workload = csp.NewWorkload(0.5)
	busy.Associations = []csp.Association{{ReceiverID: csp.NewComponentID(csp.GroupRegistrar, 1), Protocol: csp.ProtocolSCTP, PPID: 11}}
	w.expect("another workload", w.report(home, busy), csp.Changed)
	busy.Associations[0].Duration = time.Minute
	w.expect("a longer association", w.report(home, busy), csp.Repeated)
	if c := w.expectAlive(element); c.Reports != 4 || c.From != netip.MustParseAddrPort(home) || c.Last.Sub(c.First) != time.Second ||
		len(c.Associations) != 1 || c.Associations[0].Duration != time.Minute {
		t.Errorf("component %+v", c)
	}
	w.expect("final report", w.report(home, csp.Report{Final: true, SenderID: element, Uptime: 3 * time.Second}), csp.Ended)
	if c, ok := w.component(element); !ok || !c.Final || c.Status != "1 Session" || c.Location != "here" {
		t.Errorf("ended component %+v", c)
	}
	w.expect("final report again", w.report(home, csp.Report{Final: true, SenderID: element, Uptime: 3 * time.Second}))
	w.expect("a report that the final report has overtaken", w.report(home, alive(element, 2*time.Second)))
	w.expect("before the removal", w.after(2*time.Second-1))
	w.expect("removal", w.after(1), csp.Removed)
	if !w.Deadline().IsZero() || len(w.Snapshot(w.now).Components) != 0 {
		t.Errorf("deadline %v, components %v", w.Deadline(), w.Snapshot(w.now).Components)
	}
}

// TestMonitorAge has components with several intervals fall silent.
func TestMonitorAge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ interval, most, want time.Duration }{
		{0, 0, time.Second},
		{50 * time.Millisecond, 0, time.Second},
		{250 * time.Millisecond, 0, 2500 * time.Millisecond},
		{time.Second, 0, 10 * time.Second},
		{time.Hour, 0, 30 * time.Second},
		{time.Hour, time.Minute, time.Minute},
	} {
		w := newWatch(t, csp.MonitorConfig{MaxAge: c.most})
		r := alive(element, 0)
		r.Interval = c.interval
		w.report(home, r)
		if got := w.Deadline().Sub(w.now); got != c.want {
			t.Errorf("interval %v, at most %v: expires after %v, want %v", c.interval, c.most, got, c.want)
		}
		w.expect("before", w.after(c.want-1))
		w.expect("after", w.after(1), csp.Expired)
	}
}

// TestMonitorRestart has a component start again, while its predecessor is shown as ended.
func TestMonitorRestart(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{})
	w.report(home, alive(element, time.Hour))
	w.report(home, csp.Report{Final: true, SenderID: element, Uptime: time.Hour + 1000})
	w.now = w.now.Add(10 * time.Millisecond)
	w.expect("first report of the successor", w.report(home, alive(element, 0)), csp.Changed)
	w.expectAlive(element)
}

// TestMonitorFinalOfUnknown asserts that a final report of an unknown component leaves no entry.
// RSPLIB's monitor shows such a component with values from nowhere.
func TestMonitorFinalOfUnknown(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{})
	w.expect("final report", w.report(home, csp.Report{Final: true, SenderID: element}))
	if s := w.Snapshot(w.now); len(s.Components) != 0 || s.Counters.Malformed != 0 {
		t.Errorf("snapshot %+v", s)
	}
}

// TestMonitorForgedFinal asserts that a forged final report does not hide a component. RSPLIB's
// monitor hides the component until its next report.
func TestMonitorForgedFinal(t *testing.T) {
	t.Parallel()
	final := csp.Report{Final: true, SenderID: element, Uptime: time.Duration(1<<63-1) / 1000 * 1000}
	t.Run("from another address", func(t *testing.T) {
		t.Parallel()
		w := newWatch(t, csp.MonitorConfig{})
		w.report(home, alive(element, 0))
		w.expect("final report", w.report(rival, final))
		if c := w.expectAlive(element); c.Contested != 1 || c.Rival != netip.MustParseAddrPort(rival) {
			t.Errorf("component %+v", c)
		}
	})
	t.Run("from the address of the component", func(t *testing.T) {
		t.Parallel()
		// The monitor is full of components that have reported twice. So a component that loses
		// its room does not come back.
		w := newWatch(t, csp.MonitorConfig{MaxComponents: 2})
		for _, id := range []csp.ComponentID{element, element + 1} {
			w.report(home, alive(id, 0))
			w.report(home, alive(id, 0))
		}
		w.expect("final report", w.report(home, final), csp.Ended)
		w.expect("newcomer", w.report(rival, alive(element+2, 0)))
		w.now = w.now.Add(time.Second)
		w.expect("next report", w.report(home, alive(element, time.Second)), csp.Changed)
		w.expectAlive(element)
	})
}

// TestMonitorOwner asserts that an identifier belongs to the first address until the component is
// silent for too long.
func TestMonitorOwner(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{})
	w.report("[::ffff:192.0.2.1]:40000", alive(element, 0)) // As a socket for both families tells it.
	forged := alive(element, 0)
	forged.Status = "forged"
	w.expect("report of another address", w.report(rival, forged))
	if c := w.expectAlive(element); c.Status == "forged" || c.Contested != 1 || w.Snapshot(w.now).Counters.Contested != 1 {
		t.Errorf("component %+v", c)
	}
	w.expect("report of the owner", w.report(home, alive(element, 0)), csp.Repeated)
	w.expect("silence", w.after(10*time.Second), csp.Expired)
	w.expect("report of another address after the silence", w.report(rival, alive(element, 0)), csp.Appeared)
}

// TestMonitorFlood asserts that forged senders take no room of components that have reported
// twice, and that a true newcomer gets room in the middle of the flood.
func TestMonitorFlood(t *testing.T) {
	t.Parallel()
	const room = 64
	w := newWatch(t, csp.MonitorConfig{MaxComponents: room, MaxPerSource: room})
	w.report(home, alive(element, 0))
	w.report(home, alive(element, time.Second))
	forge := func(i int) {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1).String()
		w.report(from, alive(csp.NewComponentID(csp.GroupPoolUser, uint64(i+1)), 0))
	}
	for i := range 10_000 {
		forge(i)
	}
	w.expectAlive(element)
	newcomer := element + 1
	w.expect("newcomer", w.report(home, alive(newcomer, 0)), csp.Displaced, csp.Appeared)
	for i := range room - 2 { // As long as others wait longer for their second report.
		forge(20_000 + i)
	}
	w.expect("second report", w.report(home, alive(newcomer, time.Second)), csp.Repeated)
	for i := range 10_000 {
		forge(40_000 + i)
	}
	w.expectAlive(newcomer)
	s := w.Snapshot(w.now)
	if len(s.Components) != room || s.Counters.Displaced == 0 || s.Counters.Refused != 0 {
		t.Errorf("%d components, counters %+v", len(s.Components), s.Counters)
	}
}

// TestMonitorFull asserts that a monitor full of components that have reported twice refuses
// newcomers until one of the components expires.
func TestMonitorFull(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{MaxComponents: 8})
	for i := range csp.ComponentID(8) {
		w.report(home, alive(element+i, 0))
		w.report(home, alive(element+i, 0))
	}
	w.expect("newcomer", w.report(rival, alive(element+8, 0)))
	if n := w.Snapshot(w.now).Counters.Refused; n != 1 {
		t.Errorf("%d refused", n)
	}
	if n := len(w.after(10 * time.Second)); n != 8 {
		t.Errorf("%d changes", n)
	}
	w.expect("newcomer with room", w.report(rival, alive(element+8, 0)), csp.Appeared)
}

// TestMonitorSources asserts that a source does not take more than its part of the room.
func TestMonitorSources(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, same, other string }{
		{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"},
		{"[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8:0:1::1]:1"},
		{"[fe80::1%a]:1", "[fe80::2%b]:1", "192.0.2.2:1"},
	} {
		w := newWatch(t, csp.MonitorConfig{MaxPerSource: 2})
		w.report(c.first, alive(element, 0))
		w.report(c.first, alive(element, 0))
		w.expect("second", w.report(c.first, alive(element+1, 0)), csp.Appeared)
		w.expect("third", w.report(c.same, alive(element+2, 0)), csp.Displaced, csp.Appeared)
		w.expect("third again", w.report(c.same, alive(element+2, 0)), csp.Repeated)
		w.expect("fourth", w.report(c.same, alive(element+3, 0)))
		w.expect("other source", w.report(c.other, alive(element+3, 0)), csp.Appeared)
		w.after(time.Minute)
		w.expect("after the others", w.report(c.same, alive(element+4, 0)), csp.Appeared)
	}
}

// TestMonitorTexts asserts that texts cannot control a terminal. RSPLIB's monitor prints them as
// they are.
func TestMonitorTexts(t *testing.T) {
	t.Parallel()
	const bad = "\uFFFD"
	for text, want := range map[string]string{
		"plain text":                "plain text",
		"1 Sitzung, Größe ½":        "1 Sitzung, Größe ½",
		"\x1b[2J\x1b]0;title\x07x":  bad + "[2J" + bad + "]0;title" + bad + "x",
		"a\nb\rc\td\x7f":            "a" + bad + "b" + bad + "c" + bad + "d" + bad,
		"\x9b31m":                   bad + "31m", // CSI in a single octet, not UTF-8
		"\u009b31m":                 bad + "31m", // CSI in UTF-8
		"a\u202eb\u2066c\u200bd":    "a" + bad + "b" + bad + "c" + bad + "d",
		"cut \xe2\x82":              "cut " + bad + bad,
		strings.Repeat("\xff", 128): strings.Repeat(bad, 128),
	} {
		w := newWatch(t, csp.MonitorConfig{})
		r := alive(element, 0)
		r.Location, r.Status = text, text
		w.report(home, r)
		if c := w.expectAlive(element); c.Location != want || c.Status != want {
			t.Errorf("%q: location %q, status %q, want %q", text, c.Location, c.Status, want)
		}
	}
}

// TestMonitorAssociations has the largest report that fits a datagram. Its length overflows the
// length field, which RSPLIB's senders do not prevent.
func TestMonitorAssociations(t *testing.T) {
	t.Parallel()
	r := alive(element, 0)
	r.Associations = make([]csp.Association, csp.MaxAssociations)
	b, err := r.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	const more = csp.MaxAssociations + 1
	b = append(b, make([]byte, 24)...)
	b[286], b[287] = byte(more>>8), byte(more&0xff)
	w := newWatch(t, csp.MonitorConfig{MaxAssociations: 10})
	w.expect("report", w.step(csp.Datagram{From: netip.MustParseAddrPort(home), Data: b}), csp.Appeared)
	if c := w.expectAlive(element); len(c.Associations) != 10 || cap(c.Associations) != 10 || c.Omitted != more-10 {
		t.Errorf("%d associations with room for %d, %d omitted", len(c.Associations), cap(c.Associations), c.Omitted)
	}
}

// TestMonitorVectors shows the golden reports.
func TestMonitorVectors(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{})
	for _, v := range vectors(t) {
		w.step(csp.Datagram{From: netip.MustParseAddrPort(home), Data: v.octets})
	}
	var got []string
	s := w.Snapshot(w.now)
	for _, c := range s.Components {
		got = append(got, fmt.Sprintf("%v %v %q %v", c.SenderID, c.Workload, c.Status, c.Final))
	}
	want := []string{
		`0x0100000011223344 unknown "3[2] PEs in 1 Pool, 1 Peer" false`,
		`0x02000000deadbeef 50% "1 Session" true`,
		`0x030123456789abcd unknown "Processed packet #17 of PE $deadbeef" false`,
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("no %s in\n%s", line, strings.Join(got, "\n"))
		}
	}
	if s.Counters.Malformed != 0 || !slices.IsSorted(got) {
		t.Errorf("counters %+v, components\n%s", s.Counters, strings.Join(got, "\n"))
	}
}

// TestMonitorGarbage has random datagrams, and reports with random octets. They leave nothing
// beyond the bounds.
func TestMonitorGarbage(t *testing.T) {
	t.Parallel()
	w := newWatch(t, csp.MonitorConfig{MaxComponents: 100})
	rnd := rand.New(rand.NewPCG(1, 2))
	report, err := full().AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		b := make([]byte, rnd.IntN(600))
		if i%2 == 1 {
			b = slices.Clone(report)
		}
		for range max(len(b)/8, 1) {
			if len(b) > 0 {
				b[rnd.IntN(len(b))] = byte(rnd.Uint32())
			}
		}
		w.step(csp.Datagram{From: netip.MustParseAddrPort(home), Data: b})
	}
	if err := checkMonitor(w.Snapshot(w.now), 100, 64); err != nil {
		t.Error(err)
	}
	if s := w.Snapshot(w.now); s.Counters.Datagrams != 100_000 || s.Counters.Malformed < 50_000 {
		t.Errorf("counters %+v", s.Counters)
	}
}
