package cli

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// StatusFlags configure the status reports of a component to a monitor.
type StatusFlags struct {
	Server   Addrs         `name:"cspserver" env:"CSP_SERVER" placeholder:"ADDR:PORT" help:"Send status reports (CSP) to this monitor, such as cspmonitor. Default with --cspinterval: 127.0.0.1:2960."`
	Interval *Milliseconds `name:"cspinterval" env:"CSP_INTERVAL" placeholder:"MS" help:"Time between two status reports (10 to 3600000); 0: no reports. Default with --cspserver: 250."`
}

const defaultStatusInterval = 250 * time.Millisecond

// Validate checks the range.
func (f *StatusFlags) Validate() error {
	if f.Interval == nil || *f.Interval == 0 {
		return nil
	}
	return CheckRanges(Range{Option: "cspinterval", Value: f.Interval.Duration().Milliseconds(), Min: 10, Max: time.Hour.Milliseconds(), Unit: "ms"})
}

// On reports whether there is a monitor to report to.
func (f *StatusFlags) On() bool {
	if f.Interval == nil {
		return len(f.Server) > 0
	}
	return *f.Interval > 0
}

// monitor returns the address of the monitor.
func (f *StatusFlags) monitor() netip.AddrPort {
	if len(f.Server) == 0 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), csp.Port)
	}
	return f.Server.WithPort(csp.Port)[0]
}

func (f *StatusFlags) interval() time.Duration {
	if f.Interval == nil {
		return defaultStatusInterval
	}
	return f.Interval.Duration()
}

// Report sends reports about a component until the context ends, if there is a monitor. It
// adds the location, which is made of addrs, to the reports that describe returns.
func (f *StatusFlags) Report(ctx context.Context, log *slog.Logger, addrs func() []netip.AddrPort, describe func(context.Context) (csp.Report, error)) {
	if !f.On() {
		return
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	sender := csp.Sender{
		Monitor:  f.monitor(),
		Interval: f.interval(),
		Describe: func(ctx context.Context) (csp.Report, error) {
			report, err := describe(ctx)
			report.Location = csp.Location(host, addrs())
			return report, err
		},
	}
	if err := sender.Run(ctx); err != nil {
		log.Warn("status not reported", "monitor", sender.Monitor, "error", err)
	}
}
