package csp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// monitor takes the reports of a sender.
type monitor struct {
	*net.UDPConn
	t *testing.T
}

func newMonitor(t *testing.T) *monitor {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &monitor{conn, t}
}

func (m *monitor) addr() netip.AddrPort { return m.LocalAddr().(*net.UDPAddr).AddrPort() }

// report returns the next report.
func (m *monitor) report() *Report {
	m.t.Helper()
	if err := m.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	b := make([]byte, 2000)
	n, err := m.Read(b)
	if err != nil {
		m.t.Fatal(err)
	}
	r, err := Parse(b[:n])
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

func TestSender(t *testing.T) {
	t.Parallel()
	monitor := newMonitor(t)
	id := NewComponentID(GroupRegistrar, 7)
	calls := 0
	sender := Sender{
		Monitor:  monitor.addr(),
		Interval: time.Millisecond,
		Describe: func(context.Context) (Report, error) {
			switch calls++; calls {
			case 1:
				return Report{SenderID: NewComponentID(GroupRegistrar, 0)}, nil
			case 3:
				return Report{SenderID: id}, errors.New("not now")
			}
			return Report{SenderID: id, Location: "here", Status: fmt.Sprint("call ", calls), Workload: WorkloadUnknown}, nil
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	first, second := monitor.report(), monitor.report()
	// It had no identifier at first, and one interval was left out.
	if first.SenderID != id || first.Interval != sender.Interval || first.Location != "here" || first.Status != "call 2" || first.Final {
		t.Errorf("first report: %+v", first)
	}
	if second.Status != "call 4" {
		t.Errorf("second report: %+v", second)
	}
	if first.Uptime < sender.Interval || second.Uptime <= first.Uptime {
		t.Errorf("uptimes %v and %v", first.Uptime, second.Uptime)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	last := monitor.report()
	for !last.Final {
		last = monitor.report() // It was on its way.
	}
	if last.SenderID != id || last.Location != "" || last.Status != "" || len(last.Associations) != 0 {
		t.Errorf("last report: %+v", last)
	}
}

// TestSenderNameless has a component that never gets an identifier.
func TestSenderNameless(t *testing.T) {
	t.Parallel()
	monitor := newMonitor(t)
	ctx, cancel := context.WithCancel(t.Context())
	sender := Sender{
		Monitor:  monitor.addr(),
		Interval: time.Millisecond,
		Describe: func(context.Context) (Report, error) {
			cancel()
			return Report{}, nil
		},
	}
	if err := sender.Run(ctx); err != nil {
		t.Fatal(err)
	}
	// What was sent on this host has arrived.
	if err := monitor.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := monitor.Read(make([]byte, 2000)); err == nil {
		t.Errorf("a report of %d octets", n)
	}
}

// TestSenderText has a component that has more to say than there is room for.
func TestSenderText(t *testing.T) {
	t.Parallel()
	monitor := newMonitor(t)
	ctx, cancel := context.WithCancel(t.Context())
	long := strings.Repeat("x", 500)
	sender := Sender{
		Monitor:  monitor.addr(),
		Interval: time.Hour,
		Describe: func(context.Context) (Report, error) {
			return Report{SenderID: NewComponentID(GroupPoolElement, 7), Location: long, Status: long}, nil
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	r := monitor.report()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if want := long[:MaxTextLen]; r.Location != want || r.Status != want {
		t.Errorf("location %q, status %q", r.Location, r.Status)
	}
}

// TestSenderInterval has intervals that no report can hold.
func TestSenderInterval(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{-1, 0, 2 * time.Hour} {
		ctx, cancel := context.WithCancel(t.Context())
		sender := Sender{
			Monitor:  netip.MustParseAddrPort("127.0.0.1:1"),
			Interval: interval,
			Describe: func(context.Context) (Report, error) {
				cancel()
				return Report{}, nil
			},
		}
		if err := sender.Run(ctx); !errors.Is(err, ErrRange) {
			t.Errorf("%v: error %v", interval, err)
		}
		cancel()
	}
}

// A monitor to which there is no way now may be reached later.
func TestSenderWithoutRoute(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	described := 0
	sender := Sender{
		Monitor:  netip.MustParseAddrPort("[fe80::1]:2960"), // It does not say over which link.
		Interval: time.Millisecond,
		Describe: func(context.Context) (Report, error) {
			if described++; described == 3 {
				cancel()
			}
			return Report{SenderID: NewComponentID(GroupPoolElement, 7)}, nil
		},
	}
	if err := sender.Run(ctx); err != nil || described < 3 { // The next interval may be over by the end.
		t.Errorf("described %d times, error %v", described, err)
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	parse := func(texts ...string) (addrs []netip.AddrPort) {
		for _, s := range texts {
			addrs = append(addrs, netip.MustParseAddrPort(s))
		}
		return addrs
	}
	for _, c := range []struct {
		addrs []netip.AddrPort
		want  string
	}{
		{nil, "host"},
		{parse("127.0.0.1:1", "[fe80::1]:1"), "host"},
		{parse("10.0.0.1:1", "192.168.0.1:1"), "host: 10.0.0.1:1, 192.168.0.1"},
		{parse("10.0.0.1:0", "192.168.0.1:0"), "host: 10.0.0.1, 192.168.0.1"},
		{parse("10.0.0.1:1", "192.0.2.1:1", "[2001:db8::1]:1"), "host: 192.0.2.1:1, 2001:db8::1"},
	} {
		if got := Location("host", c.addrs); got != c.want {
			t.Errorf("%v: %q, want %q", c.addrs, got, c.want)
		}
	}
	if got := Location(strings.Repeat("h", 300), nil); len(got) != MaxTextLen {
		t.Errorf("%d octets, want %d", len(got), MaxTextLen)
	}
}
