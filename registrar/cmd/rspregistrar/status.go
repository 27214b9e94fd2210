package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
)

// reportStatus reports the status of a server by CSP until the context ends. It does nothing
// without a monitor.
func reportStatus(ctx context.Context, log *slog.Logger, flags *cli.StatusFlags, server *registrar.Server) {
	flags.Report(ctx, log, server.LocalAddrs, func(ctx context.Context) (csp.Report, error) {
		stats, err := server.Stats(ctx)
		return newStatusReport(server.ID(), &stats), err
	})
}

// newStatusReport returns a report in the words of RSPLIB.
func newStatusReport(id wire.ServerID, s *registrar.Stats) csp.Report {
	r := csp.Report{
		SenderID: csp.NewComponentID(csp.GroupRegistrar, uint64(id)),
		Status: fmt.Sprintf("%d[%d] PEs in %d %s, %d %s", s.Elements, s.OwnedElements,
			s.Pools, pluralize(s.Pools, "Pool"), s.Peers, pluralize(s.Peers, "Peer")),
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

// pluralize returns a word in the form for n.
func pluralize(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
