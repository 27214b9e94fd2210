package clitest

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

// patience is the time limit for a report. On an idle machine a report takes a moment.
const patience = 30 * time.Second

// A Monitor receives status reports of components (CSP).
type Monitor struct {
	t    *testing.T
	conn *net.UDPConn
}

// NewMonitor returns a monitor on this host. It lasts until the end of the test.
func NewMonitor(t *testing.T) *Monitor {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &Monitor{t, conn}
}

// Addr returns the address of the monitor.
func (m *Monitor) Addr() netip.AddrPort { return m.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Await returns the next matching report. Without such a report the test fails.
func (m *Monitor) Await(name string, match func(*csp.Report) bool) *csp.Report {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		m.t.Fatal(err)
	}
	last := make(map[csp.ComponentID]*csp.Report)
	b := make([]byte, 2000)
	for {
		n, err := m.conn.Read(b)
		if err != nil {
			m.t.Errorf("%s: %v; the last reports were", name, err)
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
			return r
		}
		last[r.SenderID] = r
	}
}
