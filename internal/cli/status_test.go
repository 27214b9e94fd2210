package cli

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
)

func TestStatusFlags(t *testing.T) {
	t.Parallel()
	interval := func(d time.Duration) *Milliseconds { return new(Milliseconds(d)) }
	server := Addrs{netip.MustParseAddrPort("192.0.2.1:0"), netip.MustParseAddrPort("192.0.2.2:0")}
	for name, c := range map[string]struct {
		flags    StatusFlags
		on       bool
		monitor  string
		interval time.Duration
	}{
		"nothing":        {StatusFlags{}, false, "127.0.0.1:2960", 250 * time.Millisecond},
		"server":         {StatusFlags{Server: server}, true, "192.0.2.1:2960", 250 * time.Millisecond},
		"interval":       {StatusFlags{Interval: interval(time.Second)}, true, "127.0.0.1:2960", time.Second},
		"both":           {StatusFlags{Server: server, Interval: interval(time.Second)}, true, "192.0.2.1:2960", time.Second},
		"off":            {StatusFlags{Interval: interval(0)}, false, "127.0.0.1:2960", 0},
		"off for server": {StatusFlags{Server: server, Interval: interval(0)}, false, "192.0.2.1:2960", 0},
	} {
		if err := c.flags.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if on := c.flags.On(); on != c.on {
			t.Errorf("%s: on %v, want %v", name, on, c.on)
		}
		if m, i := c.flags.monitor().String(), c.flags.interval(); m != c.monitor || i != c.interval {
			t.Errorf("%s: %s each %v, want %s each %v", name, m, i, c.monitor, c.interval)
		}
	}
	for _, d := range []time.Duration{9 * time.Millisecond, time.Hour + time.Millisecond} {
		flags := StatusFlags{Interval: interval(d)}
		if err := flags.Validate(); err == nil {
			t.Errorf("an interval of %v is taken", d)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	monitor := clitest.NewMonitor(t)
	flags := StatusFlags{
		Server:   Addrs{monitor.Addr()},
		Interval: new(Milliseconds(10 * time.Millisecond)),
	}
	id := csp.NewComponentID(csp.GroupPoolElement, 7)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		flags.Report(ctx, slog.New(slog.DiscardHandler),
			func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:4000")} },
			func(context.Context) (csp.Report, error) { return csp.Report{SenderID: id, Status: "busy"}, nil })
	}()
	r := monitor.Await("the first report", func(*csp.Report) bool { return true })
	if r.SenderID != id || r.Status != "busy" || r.Interval != flags.interval() || !strings.HasSuffix(r.Location, ": 192.0.2.1:4000") {
		t.Errorf("report %+v", r)
	}
	cancel()
	<-ended
}

// TestReportOff returns at once, and asks nothing.
func TestReportOff(t *testing.T) {
	t.Parallel()
	new(StatusFlags).Report(t.Context(), slog.New(slog.DiscardHandler), nil, nil)
}
