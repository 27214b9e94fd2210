package node

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/wire"
)

// StatusFlags configure the status reports of a pool element or a pool user.
type StatusFlags struct {
	cli.StatusFlags `embed:""`
	Identifier      cli.ID `name:"cspidentifier" default:"0" placeholder:"ID" help:"Identifier in status reports, decimal or hexadecimal with 0x; 0: identifier of the element, or a random number for a client. Default: ${default}."`
}

// ElementStatus is the status of a pool element.
type ElementStatus struct {
	// ID is the element's identifier. 0: nothing is reported, unless the command line has
	// an identifier for the reports.
	ID wire.PEID
	// Addrs are the addresses of the service. None: the element has no endpoint yet.
	Addrs []netip.AddrPort
	// Sessions is the number of sessions.
	Sessions int
	// Workload is the element's load, [csp.WorkloadUnknown] if its policy has no load.
	Workload csp.Workload
}

// ReportElement reports about a pool element until the returned function is called, if
// there is a monitor.
func (f *StatusFlags) ReportElement(log *slog.Logger, n *asap.Node, element func() ElementStatus) (stop func()) {
	addrs := func() []netip.AddrPort {
		if at := element().Addrs; len(at) > 0 {
			return at
		}
		return hostAddrs(n)
	}
	return f.start(log, n, addrs, func() csp.Report { return f.element(element()) })
}

// element returns the report about an element, without the registrar.
func (f *StatusFlags) element(e ElementStatus) csp.Report {
	object := uint64(f.Identifier)
	if object == 0 {
		object = uint64(e.ID)
	}
	return csp.Report{
		SenderID: csp.NewComponentID(csp.GroupPoolElement, object),
		Status:   sessions(e.Sessions),
		Workload: e.Workload,
	}
}

// ReportUser reports about a pool user until the returned function is called, if there is a
// monitor. The elements that serve its sessions are in serving. The messages of the sessions have
// the given PPID.
func (f *StatusFlags) ReportUser(log *slog.Logger, n *asap.Node, ppid uint32, serving ...*Serving) (stop func()) {
	object := uint64(f.Identifier)
	for object == 0 {
		object = csp.NewComponentID(csp.GroupPoolUser, rand.Uint64()).Object()
	}
	return f.start(log, n, func() []netip.AddrPort { return hostAddrs(n) }, func() csp.Report {
		r := csp.Report{
			SenderID: csp.NewComponentID(csp.GroupPoolUser, object),
			Status:   sessions(len(serving)),
			Workload: csp.WorkloadUnknown,
		}
		for _, s := range serving {
			if id, since := s.Element(); !since.IsZero() {
				r.Associations = append(r.Associations, association(csp.GroupPoolElement, uint64(id), since, ppid))
			}
		}
		return r
	})
}

// start reports until the returned function is called.
func (f *StatusFlags) start(log *slog.Logger, n *asap.Node, addrs func() []netip.AddrPort, describe func() csp.Report) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		f.Report(ctx, log, addrs, func(ctx context.Context) (csp.Report, error) {
			home, err := n.Home(ctx)
			return withHome(describe(), home), err
		})
	})
	return func() {
		cancel()
		wg.Wait()
	}
}

// withHome returns a report completed by the home registrar. A component without associations
// is still looking for its registrar.
func withHome(r csp.Report, home asap.Home) csp.Report {
	if home.Sought || home.Since.IsZero() && len(r.Associations) == 0 {
		r.Status = "Looking for Registrar ..."
	}
	if !home.Since.IsZero() {
		// RSPLIB has the registrar first.
		registrar := association(csp.GroupRegistrar, uint64(home.ID), home.Since, wire.PPIDASAP)
		r.Associations = append([]csp.Association{registrar}, r.Associations...)
	}
	return r
}

func association(group csp.Group, object uint64, since time.Time, ppid uint32) csp.Association {
	return csp.Association{
		ReceiverID: csp.NewComponentID(group, object),
		Duration:   time.Since(since),
		Protocol:   csp.ProtocolSCTP,
		PPID:       ppid,
	}
}

// hostAddrs returns the addresses of the host. They have no port, because the port of the ASAP
// endpoint is not the port of the component's service.
func hostAddrs(n *asap.Node) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, a := range n.LocalAddrs() {
		addrs = append(addrs, netip.AddrPortFrom(a.Addr(), 0))
	}
	return addrs
}

// sessions returns a number of sessions in words.
func sessions(n int) string {
	if n == 1 {
		return "1 Session"
	}
	return fmt.Sprintf("%d Sessions", n)
}
