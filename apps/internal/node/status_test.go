package node

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// reportsTo returns the flags for reports to a monitor.
func reportsTo(m *clitest.Monitor, id cli.ID) StatusFlags {
	return StatusFlags{
		StatusFlags: cli.StatusFlags{
			Server:   cli.Addrs{m.Addr()},
			Interval: new(cli.Milliseconds(10 * time.Millisecond)),
		},
		Identifier: id,
	}
}

func first(*csp.Report) bool     { return true }
func final(r *csp.Report) bool   { return r.Final }
func hasPeer(r *csp.Report) bool { return len(r.Associations) > 0 }

// newNode returns a node without a registrar. It starts no search by itself.
func newNode(t *testing.T) *asap.Node {
	t.Helper()
	n, err := asap.Open(t.Context(), asap.Config{
		Network:    memnet.New(memnet.Config{}).Host(),
		Registrars: []string{"192.0.2.99:3863"},
		Announce:   transport.GroupConfig{Off: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestReportElement(t *testing.T) {
	t.Parallel()
	m, n := clitest.NewMonitor(t), newNode(t)
	var element atomic.Pointer[ElementStatus]
	element.Store(&ElementStatus{Workload: csp.WorkloadUnknown})
	flags := reportsTo(m, 0)
	var asked atomic.Int64
	stop := flags.ReportElement(slog.New(slog.DiscardHandler), n, func() ElementStatus {
		if asked.Add(1) == 6 { // Nothing is reported before there is an identifier.
			element.Store(&ElementStatus{ID: 7, Sessions: 1, Workload: csp.NewWorkload(0.5)})
		}
		return *element.Load()
	})
	r := m.Await("the first report", first)
	if r.SenderID != csp.NewComponentID(csp.GroupPoolElement, 7) || r.Status != "Looking for Registrar ..." || r.Workload != csp.NewWorkload(0.5) || len(r.Associations) != 0 {
		t.Errorf("report %+v", r)
	}
	if addr := n.LocalAddrs()[0].Addr().String(); !strings.HasSuffix(r.Location, ": "+addr) {
		t.Errorf("location %q, not that of the host, %s, without a port", r.Location, addr)
	}
	at := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:4000")}
	element.Store(&ElementStatus{ID: 7, Addrs: at, Workload: csp.WorkloadUnknown})
	m.Await("what has changed", func(r *csp.Report) bool {
		return r.Workload == csp.WorkloadUnknown && strings.HasSuffix(r.Location, ": 192.0.2.1:4000")
	})
	stop()
	if r := m.Await("the last report", final); r.SenderID != csp.NewComponentID(csp.GroupPoolElement, 7) {
		t.Errorf("last report %+v", r)
	}
}

func TestElement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		option   cli.ID
		element  ElementStatus
		id       uint64
		status   string
		workload csp.Workload
	}{
		{0, ElementStatus{Workload: csp.WorkloadUnknown}, 0, "0 Sessions", csp.WorkloadUnknown},
		{0, ElementStatus{ID: 7, Sessions: 1, Workload: 9}, 7, "1 Session", 9},
		{0x1234, ElementStatus{ID: 7, Sessions: 2}, 0x1234, "2 Sessions", 0},
		{0x1234, ElementStatus{}, 0x1234, "0 Sessions", 0},
	} {
		r := (&StatusFlags{Identifier: c.option}).element(c.element)
		if r.SenderID != csp.NewComponentID(csp.GroupPoolElement, c.id) || r.Status != c.status || r.Workload != c.workload || len(r.Associations) != 0 {
			t.Errorf("-cspidentifier=%#x, %+v: report %+v", c.option, c.element, r)
		}
	}
}

func TestReportUser(t *testing.T) {
	t.Parallel()
	m := clitest.NewMonitor(t)
	var serving Serving
	flags := reportsTo(m, 0)
	stop := flags.ReportUser(slog.New(slog.DiscardHandler), newNode(t), 33, &serving)
	r := m.Await("the first report", first)
	if r.SenderID.Group() != csp.GroupPoolUser || r.SenderID.Object() == 0 || r.Status != "Looking for Registrar ..." || r.Workload != csp.WorkloadUnknown || len(r.Associations) != 0 {
		t.Errorf("report %+v", r)
	}
	serving.Notify(asap.SessionUp{Element: 7})
	with := m.Await("a session", hasPeer)
	a := with.Associations[0]
	if with.SenderID != r.SenderID || with.Status != "1 Session" || len(with.Associations) != 1 || a.Duration > time.Minute ||
		a.ReceiverID != csp.NewComponentID(csp.GroupPoolElement, 7) || a.Protocol != csp.ProtocolSCTP || a.PPID != 33 {
		t.Errorf("report %+v", with)
	}
	serving.Notify(asap.SessionLost{Element: 7})
	m.Await("no session", func(r *csp.Report) bool { return !hasPeer(r) })
	stop()
	if last := m.Await("the last report", final); last.SenderID != r.SenderID {
		t.Errorf("last report %+v", last)
	}
}

func TestWithHome(t *testing.T) {
	t.Parallel()
	const hunting = "Looking for Registrar ..."
	element, known, unknown := csp.NewComponentID(csp.GroupPoolElement, 7), csp.NewComponentID(csp.GroupRegistrar, 5), csp.NewComponentID(csp.GroupRegistrar, 0)
	now := time.Now()
	for name, c := range map[string]struct {
		associations []csp.Association
		home         asap.Home
		status       string
		with         []csp.ComponentID
	}{
		"nobody":                 {nil, asap.Home{}, hunting, nil},
		"registrar":              {nil, asap.Home{ID: 5, Since: now}, "1 Session", []csp.ComponentID{known}},
		"element":                {[]csp.Association{{ReceiverID: element}}, asap.Home{}, "1 Session", []csp.ComponentID{element}},
		"element, sought":        {[]csp.Association{{ReceiverID: element}}, asap.Home{Sought: true}, hunting, []csp.ComponentID{element}},
		"both":                   {[]csp.Association{{ReceiverID: element}}, asap.Home{ID: 5, Since: now}, "1 Session", []csp.ComponentID{known, element}},
		"a registrar, not which": {[]csp.Association{{ReceiverID: element}}, asap.Home{Since: now}, "1 Session", []csp.ComponentID{unknown, element}},
		"a registrar, silent":    {nil, asap.Home{ID: 5, Since: now, Sought: true}, hunting, []csp.ComponentID{known}},
	} {
		r := withHome(csp.Report{Status: "1 Session", Associations: c.associations}, c.home)
		var with []csp.ComponentID
		for _, a := range r.Associations {
			with = append(with, a.ReceiverID)
			if a.ReceiverID != element && (a.PPID != wire.PPIDASAP || a.Protocol != csp.ProtocolSCTP || a.Duration < 0) {
				t.Errorf("%s: association with the registrar %+v", name, a)
			}
		}
		if r.Status != c.status || !slices.Equal(with, c.with) {
			t.Errorf("%s: %q with %v, want %q with %v", name, r.Status, with, c.status, c.with)
		}
	}
}
