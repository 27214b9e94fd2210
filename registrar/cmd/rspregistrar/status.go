package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"time"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// statusFlags are about the reports to a monitor.
type statusFlags struct {
	Server   cli.Addrs        `name:"cspserver" env:"CSP_SERVER" placeholder:"ADDR:PORT" help:"Report the status by CSP to a monitor, such as cspmonitor. Default with --cspinterval: 127.0.0.1:2960."`
	Interval cli.Milliseconds `name:"cspinterval" env:"CSP_INTERVAL" placeholder:"MS" help:"Time between two such reports (10 to 3600000). Default with --cspserver: 250."`
}

const defaultStatusInterval = cli.Milliseconds(250 * time.Millisecond)

// Validate checks the range. Kong calls it.
func (f *statusFlags) Validate() error {
	return check([]limits{{"cspinterval", f.Interval.Duration().Milliseconds(), 10, 3600000}})
}

// wanted reports whether there is a monitor.
func (f *statusFlags) wanted() bool { return len(f.Server) > 0 || f.Interval > 0 }

// monitor returns where the reports go.
func (f *statusFlags) monitor() netip.AddrPort {
	if len(f.Server) == 0 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), csp.Port)
	}
	return f.Server.WithPort(csp.Port)[0]
}

// report reports about a server until the context ends.
func (f *statusFlags) report(ctx context.Context, log *slog.Logger, server *registrar.Server) {
	interval := f.Interval
	if interval == 0 {
		interval = defaultStatusInterval
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	sender := csp.Sender{
		Monitor:  f.monitor(),
		Interval: interval.Duration(),
		ID:       csp.NewComponentID(csp.GroupRegistrar, uint64(server.ID())),
		Describe: func(ctx context.Context) (csp.Report, error) {
			stats, err := server.Stats(ctx)
			return statusReport(&stats, csp.Location(host, server.LocalAddrs())), err
		},
	}
	if err := sender.Run(ctx); err != nil {
		log.Warn("status not reported", "monitor", sender.Monitor, "error", err)
	}
}

// statusReport returns what the deployed registrar reports.
func statusReport(s *registrar.Stats, location string) csp.Report {
	r := csp.Report{
		Location: location,
		Status: fmt.Sprintf("%d[%d] PEs in %d %s, %d %s", s.Elements, s.OwnedElements,
			s.Pools, plural(s.Pools, "Pool"), s.Peers, plural(s.Peers, "Peer")),
		Workload: csp.WorkloadUnknown,
	}
	for _, id := range s.PeerIDs {
		r.Associations = append(r.Associations, csp.Association{
			ReceiverID: csp.NewComponentID(csp.GroupRegistrar, uint64(id)),
			Duration:   csp.UnknownDuration,
			Protocol:   csp.ProtocolSCTP,
			PPID:       wire.PPIDENRP,
		})
	}
	return r
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
