package node

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap"
	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli"
	"github.com/rserpool-go/rserpool/transport/memnet"
	"github.com/rserpool-go/rserpool/wire"
)

// A monitor takes reports.
type monitor struct {
	t    *testing.T
	conn *net.UDPConn
}

func newMonitor(t *testing.T) *monitor {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &monitor{t, conn}
}

// flags has a component report to the monitor.
func (m *monitor) flags(id cli.ID) StatusFlags {
	return StatusFlags{
		StatusFlags: cli.StatusFlags{
			Server:   cli.Addrs{m.conn.LocalAddr().(*net.UDPAddr).AddrPort()},
			Interval: new(cli.Milliseconds(10 * time.Millisecond)),
		},
		Identifier: id,
	}
}

// await returns the next report that matches.
func (m *monitor) await(match func(*csp.Report) bool) *csp.Report {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	var last *csp.Report
	for {
		b := make([]byte, 2000)
		n, err := m.conn.Read(b)
		if err != nil {
			m.t.Fatalf("%v; the last report was %+v", err, last)
		}
		if last, err = csp.Parse(b[:n]); err != nil {
			m.t.Fatal(err)
		}
		if match(last) {
			return last
		}
	}
}

func first(*csp.Report) bool     { return true }
func final(r *csp.Report) bool   { return r.Final }
func hasPeer(r *csp.Report) bool { return len(r.Associations) > 0 }

// newNode returns a node that finds no registrar, and seeks none before there is need of one.
func newNode(t *testing.T) *asap.Node {
	t.Helper()
	n, err := asap.NewNode(t.Context(), asap.Config{
		Network:    memnet.New(memnet.Config{}).Host(),
		Registrars: [][]netip.AddrPort{{netip.MustParseAddrPort("192.0.2.99:3863")}},
		NoAnnounce: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close(t.Context()) })
	return n
}

func TestReportElement(t *testing.T) {
	t.Parallel()
	m, n := newMonitor(t), newNode(t)
	var element atomic.Pointer[ElementStatus]
	element.Store(&ElementStatus{Workload: csp.WorkloadUnknown})
	flags := m.flags(0)
	var asked atomic.Int64
	stop := flags.ReportElement(slog.New(slog.DiscardHandler), n, func() ElementStatus {
		if asked.Add(1) == 6 { // Nothing is reported before there is an identifier.
			element.Store(&ElementStatus{ID: 7, Sessions: 1, Workload: csp.NewWorkload(0.5)})
		}
		return *element.Load()
	})
	r := m.await(first)
	if r.SenderID != csp.NewComponentID(csp.GroupPoolElement, 7) || r.Status != "1 Session" || r.Workload != csp.NewWorkload(0.5) || len(r.Associations) != 0 {
		t.Errorf("report %+v", r)
	}
	if addr := n.LocalAddrs()[0].Addr().String(); !strings.HasSuffix(r.Location, ": "+addr) {
		t.Errorf("location %q, not that of the host, %s, without a port", r.Location, addr)
	}
	at := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:4000")}
	element.Store(&ElementStatus{ID: 7, Addrs: at, Workload: csp.WorkloadUnknown})
	r = m.await(func(r *csp.Report) bool { return r.Status == "0 Sessions" })
	if r.Workload != csp.WorkloadUnknown || !strings.HasSuffix(r.Location, ": 192.0.2.1:4000") {
		t.Errorf("report %+v", r)
	}
	stop()
	if r := m.await(final); r.SenderID != csp.NewComponentID(csp.GroupPoolElement, 7) {
		t.Errorf("last report %+v", r)
	}
}

// TestReportElementIdentifier has the command line say as who to report.
func TestReportElementIdentifier(t *testing.T) {
	t.Parallel()
	m := newMonitor(t)
	flags := m.flags(0x1234)
	stop := flags.ReportElement(slog.New(slog.DiscardHandler), newNode(t), func() ElementStatus { return ElementStatus{ID: 7} })
	defer stop()
	if r := m.await(first); r.SenderID != csp.NewComponentID(csp.GroupPoolElement, 0x1234) {
		t.Errorf("report %+v", r)
	}
}

func TestReportUser(t *testing.T) {
	t.Parallel()
	m := newMonitor(t)
	var since atomic.Pointer[time.Time]
	since.Store(new(time.Time))
	flags := m.flags(0)
	stop := flags.ReportUser(slog.New(slog.DiscardHandler), newNode(t), 33, func() (wire.PEID, time.Time) { return 7, *since.Load() })
	r := m.await(first)
	if r.SenderID.Group() != csp.GroupPoolUser || r.SenderID.Object() == 0 || r.Status != "1 Session" || r.Workload != csp.WorkloadUnknown || len(r.Associations) != 0 {
		t.Errorf("report %+v", r)
	}
	since.Store(new(time.Now().Add(-time.Minute)))
	with := m.await(hasPeer)
	a := with.Associations[0]
	if with.SenderID != r.SenderID || len(with.Associations) != 1 || a.Duration < time.Minute ||
		a.ReceiverID != csp.NewComponentID(csp.GroupPoolElement, 7) || a.Protocol != csp.ProtocolSCTP || a.PPID != 33 {
		t.Errorf("report %+v", with)
	}
	stop()
	if last := m.await(final); last.SenderID != r.SenderID {
		t.Errorf("last report %+v", last)
	}
}

func TestWithHome(t *testing.T) {
	t.Parallel()
	peer := csp.Association{ReceiverID: csp.NewComponentID(csp.GroupPoolElement, 7)}
	now := time.Now()
	for name, c := range map[string]struct {
		home   asap.Home
		status string
		with   []csp.ComponentID
	}{
		"none":         {asap.Home{}, "1 Session", []csp.ComponentID{peer.ReceiverID}},
		"sought":       {asap.Home{Sought: true}, "Looking for Registrar ...", []csp.ComponentID{peer.ReceiverID}},
		"there":        {asap.Home{ID: 5, Since: now}, "1 Session", []csp.ComponentID{csp.NewComponentID(csp.GroupRegistrar, 5), peer.ReceiverID}},
		"unknown":      {asap.Home{Since: now}, "1 Session", []csp.ComponentID{csp.NewComponentID(csp.GroupRegistrar, 0), peer.ReceiverID}},
		"not answered": {asap.Home{ID: 5, Since: now, Sought: true}, "Looking for Registrar ...", []csp.ComponentID{csp.NewComponentID(csp.GroupRegistrar, 5), peer.ReceiverID}},
	} {
		r := withHome(csp.Report{Status: "1 Session", Associations: []csp.Association{peer}}, c.home)
		var with []csp.ComponentID
		for _, a := range r.Associations {
			with = append(with, a.ReceiverID)
			if a.ReceiverID.Group() == csp.GroupRegistrar && (a.PPID != wire.PPIDASAP || a.Protocol != csp.ProtocolSCTP || a.Duration < 0) {
				t.Errorf("%s: association with the registrar %+v", name, a)
			}
		}
		if r.Status != c.status || !slices.Equal(with, c.with) {
			t.Errorf("%s: %q with %v, want %q with %v", name, r.Status, with, c.status, c.with)
		}
	}
}

func TestSessionsText(t *testing.T) {
	t.Parallel()
	for n, want := range []string{"0 Sessions", "1 Session", "2 Sessions"} {
		if got := sessions(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
