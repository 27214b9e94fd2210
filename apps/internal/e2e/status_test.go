package e2e

import (
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/wire"
)

// A monitor takes reports by CSP.
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

// options have a program report to the monitor.
func (m *monitor) options() []string {
	return []string{"-cspserver=" + m.conn.LocalAddr().String(), "-cspinterval=50"}
}

// await waits for a report that matches.
func (m *monitor) await(what string, match func(*csp.Report) bool) {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		m.t.Fatal(err)
	}
	last := make(map[csp.ComponentID]*csp.Report)
	for {
		b := make([]byte, 2000)
		n, err := m.conn.Read(b)
		if err != nil {
			m.t.Errorf("%s: %v; the last reports were", what, err)
			for _, r := range last {
				m.t.Errorf("%+v", *r)
			}
			m.t.FailNow()
		}
		r, err := csp.Parse(b[:n])
		if err != nil {
			m.t.Fatal(err)
		}
		if match(r) {
			return
		}
		last[r.SenderID] = r
	}
}

// with returns whether a report has associations with these components and no others.
func with(r *csp.Report, ppids map[csp.ComponentID]uint32) bool {
	for _, a := range r.Associations {
		ppid, ok := ppids[a.ReceiverID]
		if !ok || ppid != a.PPID || a.Duration == csp.UnknownDuration || a.Protocol != csp.ProtocolSCTP {
			return false
		}
	}
	return len(r.Associations) == len(ppids)
}

// TestStatus has a server and a terminal report their status to a monitor from before
// there is a registrar to their end.
func TestStatus(t *testing.T) {
	t.Parallel()
	site, m := newSite(t), newMonitor(t)
	element, user := csp.NewComponentID(csp.GroupPoolElement, 0x1234), csp.NewComponentID(csp.GroupPoolUser, 0x777)
	server := site.server(append(m.options(), "-identifier=0x1234", "-policy=LeastUsed")...)
	terminal := site.terminal(append(m.options(), "-cspidentifier="+strconv.FormatUint(user.Object(), 10))...)
	for _, id := range []csp.ComponentID{element, user} {
		m.await("no registrar", func(r *csp.Report) bool {
			return r.SenderID == id && r.Status == "Looking for Registrar ..." && with(r, nil) && r.Interval == 50*time.Millisecond
		})
	}
	site.registrar("-identifier=0x5", "-endpointkeepalivetransmissioninterval=300")
	exchange(terminal, "hello")
	m.await("the element in a session", func(r *csp.Report) bool {
		return r.SenderID == element && r.Status == "1 Session" && r.Workload == 0 &&
			with(r, map[csp.ComponentID]uint32{csp.NewComponentID(csp.GroupRegistrar, 5): wire.PPIDASAP})
	})
	m.await("the user in a session", func(r *csp.Report) bool {
		// Nobody has told it who the registrar is.
		return r.SenderID == user && r.Status == "1 Session" && r.Workload == csp.WorkloadUnknown &&
			with(r, map[csp.ComponentID]uint32{csp.NewComponentID(csp.GroupRegistrar, 0): wire.PPIDASAP, element: 0})
	})
	if err := terminal.stdin.Close(); err != nil {
		t.Error(err)
	}
	m.await("the end of the user", func(r *csp.Report) bool { return r.SenderID == user && r.Final })
	m.await("the element without a session", func(r *csp.Report) bool { return r.SenderID == element && r.Status == "0 Sessions" })
	terminal.expectEnd(0)
	server.signal(syscall.SIGINT)
	m.await("the end of the element", func(r *csp.Report) bool { return r.SenderID == element && r.Final })
	server.expectEnd(0)
}
