package screen

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/rserpool-go/rserpool/csp"
)

var update = flag.Bool("update", false, "rewrite the expected screens in testdata")

var start = time.Date(2026, 11, 22, 22, 0, 23, 281_400_000, time.UTC)

// site has a component of each group, an ended component, a contested component, and a component
// of an unknown group.
func site() csp.Snapshot {
	registrar, element := csp.NewComponentID(csp.GroupRegistrar, 0x11223344), csp.NewComponentID(csp.GroupPoolElement, 0xdeadbeef)
	component := func(id csp.ComponentID, location, status string, w csp.Workload, more ...csp.Association) csp.Component {
		return csp.Component{
			Report: csp.Report{
				SenderID: id, Uptime: 25*time.Hour + 61*time.Second, Interval: time.Second, Location: location, Status: status, Workload: w,
				Associations: more,
			},
			Last: start.Add(-500 * time.Millisecond),
		}
	}
	link := func(id csp.ComponentID, d time.Duration, ppid uint32) csp.Association {
		return csp.Association{ReceiverID: id, Duration: d, Protocol: csp.ProtocolSCTP, PPID: ppid}
	}
	s := csp.Snapshot{Time: start, Components: []csp.Component{
		component(registrar, "pr1: 192.0.2.1:3863", "3[2] PEs in 1 Pool, 1 Peer", csp.WorkloadUnknown, link(registrar+1, csp.UnknownDuration, 12)),
		component(element-1, "pe0: 192.0.2.9:40000", "4 Sessions", csp.NewWorkload(0.95), link(registrar, time.Hour, 11)),
		component(element, "pe1: 192.0.2.2:40000, 2001:db8::2", "1 Session", csp.NewWorkload(0.52), link(registrar, time.Minute, 11)),
		component(element+1, "größe: 192.0.2.4:40000", "0 Sessions", csp.NewWorkload(0)),
		component(csp.NewComponentID(csp.GroupPoolUser, 0x0123456789abcd), "pu1: 192.0.2.3", "Processed packet #17 of PE $deadbeef",
			csp.WorkloadUnknown, link(registrar, 5*time.Second, 11), link(element, 4*time.Second, 32)),
		component(csp.NewComponentID(9, 7), "elsewhere", "漢字", csp.WorkloadUnknown),
	}}
	s.Components[0].Omitted = 3
	s.Components[2].Contested, s.Components[2].Rival = 12, netip.MustParseAddrPort("192.0.2.66:1000")
	s.Components[3].Final = true
	s.Counters = csp.Counters{Datagrams: 1000, Malformed: 5, Contested: 12}
	return s
}

// terminal is a model with a size.
func terminal(config Config, width, height int) *model {
	if config.Source == nil {
		config.Source = site
	}
	config.Title, config.MaxLocation = "cspmonitor [::]:2960", 72
	m := newModel(config)
	m.Init()
	m.Update(tea.WindowSizeMsg{Width: width, Height: height})
	return m
}

// press presses keys.
func press(m *model, keys ...rune) tea.Cmd {
	var cmd tea.Cmd
	for _, k := range keys {
		key := tea.KeyPressMsg{Code: k}
		if k < 0x7f && k > ' ' {
			key.Text = string(k)
		}
		_, cmd = m.Update(key)
	}
	return cmd
}

// plain returns the lines of the screen without styles.
func plain(m *model) []string { return strings.Split(ansi.Strip(m.View().Content), "\n") }

// TestScreens compares screens with those in testdata, and checks that each fits the terminal.
func TestScreens(t *testing.T) {
	t.Parallel()
	nothing := func() csp.Snapshot { return csp.Snapshot{Time: start} }
	for _, c := range []struct {
		name          string
		width, height int
		config        Config
		keys          string
	}{
		{name: "compact", width: 80, height: 24},
		{name: "full", width: 80, height: 24, config: Config{Full: true}},
		{name: "wide", width: 120, height: 40, config: Config{Full: true}},
		{name: "narrow", width: 40, height: 10},
		{name: "scrolled", width: 40, height: 10, config: Config{Full: true}, keys: "jjjj"},
		{name: "end", width: 80, height: 10, config: Config{Full: true}, keys: "G"},
		{name: "load", width: 80, height: 16, keys: "ss"},
		{name: "reversed", width: 80, height: 16, keys: "sr"},
		{name: "paused", width: 80, height: 16, keys: "p"},
		{name: "bounded", width: 80, height: 16, config: Config{MaxRows: MaxRows{Elements: 1}}},
		{name: "empty", width: 80, height: 8, config: Config{Source: nothing}},
		{name: "tiny", width: 12, height: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := terminal(c.config, c.width, c.height)
			press(m, []rune(c.keys)...)
			lines := plain(m)
			if len(lines) > c.height {
				t.Errorf("%d lines, the terminal has %d", len(lines), c.height)
			}
			for i, line := range lines {
				if w := ansi.StringWidth(line); w > c.width {
					t.Errorf("line %d has %d cells, the terminal has %d: %q", i, w, c.width, line)
				}
				lines[i] = strings.TrimRight(line, " ")
			}
			compare(t, filepath.Join("testdata", c.name+".txt"), strings.Join(lines, "\n")+"\n")
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen is\n%s\nwant\n%s", got, want)
	}
}

// TestSizes shows the table in terminals of all small sizes.
func TestSizes(t *testing.T) {
	t.Parallel()
	for width := range 130 {
		for _, height := range []int{0, 1, 2, 3, 4, 5, 30} {
			m := terminal(Config{Full: true}, width, height)
			lines := plain(m)
			if len(lines) > max(height, 1) {
				t.Errorf("%dx%d: %d lines", width, height, len(lines))
			}
			for _, line := range lines {
				if w := ansi.StringWidth(line); w > width {
					t.Errorf("%dx%d: %d cells: %q", width, height, w, line)
				}
			}
		}
	}
}

// TestScrolling asserts that the rows stay within the table, whatever keys are pressed, and when
// components go.
func TestScrolling(t *testing.T) {
	t.Parallel()
	current := site()
	m := terminal(Config{Full: true, Source: func() csp.Snapshot { return current }}, 80, 10)
	last := m.rows() - 7
	for _, step := range []struct {
		key  rune
		want int
	}{
		{tea.KeyUp, 0},
		{tea.KeyDown, 1},
		{'j', 2},
		{'k', 1},
		{tea.KeyPgDown, 8},
		{tea.KeyPgUp, 1},
		{'b', 0},
		{tea.KeySpace, 7},
		{tea.KeyEnd, last},
		{'j', last},
		{'g', 0},
		{'G', last},
		{tea.KeyHome, 0},
		{'G', last},
	} {
		if press(m, step.key); m.offset != step.want {
			t.Fatalf("offset %d after %q, want %d", m.offset, step.key, step.want)
		}
	}
	current.Components = current.Components[:2]
	if m.Update(tick{}); m.offset != 0 {
		t.Errorf("offset %d after the end of most components", m.offset)
	}
}

// TestKeys tries the keys without a screen of their own.
func TestKeys(t *testing.T) {
	t.Parallel()
	n := 0
	m := terminal(Config{Source: func() csp.Snapshot { n++; return site() }}, 80, 24)
	press(m, 'S')
	if m.order != len(orders)-1 {
		t.Errorf("order %d after S", m.order)
	}
	if press(m, 's'); m.order != 0 {
		t.Errorf("order %d after s", m.order)
	}
	press(m, 'p')
	if m.Update(tick{}); n != 1 {
		t.Errorf("%d snapshots while paused", n)
	}
	press(m, 'p')
	if _, cmd := m.Update(tick{}); n != 2 || cmd == nil {
		t.Errorf("%d snapshots", n)
	}
	if press(m, 'f'); !m.Full {
		t.Error("not full after f")
	}
	if cmd := press(m, 'q'); cmd == nil || cmd() != tea.Quit() {
		t.Error("q does not quit")
	}
	if _, cmd := m.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}); cmd == nil || cmd() != tea.Quit() {
		t.Error("Ctrl-C does not quit")
	}
}

// TestOrders asserts the first element in each order.
func TestOrders(t *testing.T) {
	t.Parallel()
	a, b := csp.NewComponentID(csp.GroupPoolElement, 1), csp.NewComponentID(csp.GroupPoolElement, 2)
	older := csp.Component{
		Report: csp.Report{SenderID: a, Location: "z", Status: "a", Workload: csp.WorkloadUnknown, Uptime: 2},
		Last:   start,
	}
	newer := csp.Component{
		Report:  csp.Report{SenderID: b, Location: "a", Status: "b", Workload: 0, Uptime: 1},
		Omitted: 1,
		Last:    start.Add(1),
	}
	for i, want := range []csp.ComponentID{b, a, b, b, a, a, a} {
		for _, isReversed := range []bool{false, true} {
			got := sections([]csp.Component{older, newer}, orders[i], isReversed)[0].components[0].SenderID
			if (got == want) == isReversed {
				t.Errorf("by %s, reversed %v: %v is the first", orders[i].name, isReversed, got)
			}
		}
	}
}

// TestStyles asserts that texts of reports have no style and that the marks have one.
func TestStyles(t *testing.T) {
	t.Parallel()
	content := terminal(Config{}, 80, 24).View().Content
	for _, want := range []string{"\x1b[31;1m", "\x1b[34;1m0xdeadbeef", "\x1b[32;1m", "\x1b[31m!", "\x1b[31m█████▊"} {
		if !strings.Contains(content, want) {
			t.Errorf("no %q in %q", want, content)
		}
	}
}

// largest returns the largest snapshot of a monitor with default bounds.
func largest() csp.Snapshot {
	s := csp.Snapshot{Time: start}
	for i := range 4096 {
		c := csp.Component{Report: csp.Report{
			SenderID: csp.NewComponentID(csp.Group(1+i*3/4096), uint64(i+1)), Location: strings.Repeat("ü", 64), Status: strings.Repeat("\uFFFD", 128),
			Workload: csp.Workload(i * 16), Associations: make([]csp.Association, 64),
		}}
		c.Omitted, c.Contested, c.Last = 1, 1, start
		s.Components = append(s.Components, c)
	}
	return s
}

// BenchmarkRedraw updates and draws the largest table: at its beginning and at its end, with and
// without associations.
func BenchmarkRedraw(b *testing.B) {
	snapshot := largest()
	for _, isFull := range []bool{false, true} {
		for _, key := range []rune{'g', 'G'} {
			b.Run(fmt.Sprintf("full=%v/key=%c", isFull, key), func(b *testing.B) {
				m := terminal(Config{Full: isFull, Source: func() csp.Snapshot { return snapshot }}, 200, 60)
				press(m, key)
				b.ReportAllocs()
				for b.Loop() {
					m.Update(tick{})
					_ = m.View()
				}
			})
		}
	}
}
