package e2e

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
	"github.com/rserpool-go/rserpool/internal/cli/clitest"
	"github.com/rserpool-go/rserpool/wire"
)

// reportsTo returns the options for reports to a monitor.
func reportsTo(m *clitest.Monitor) []string {
	return []string{"-cspserver=" + m.Addr().String(), "-cspinterval=50"}
}

// isWith reports whether a report has associations with these components and no others.
func isWith(r *csp.Report, ppids map[csp.ComponentID]uint32) bool {
	for _, a := range r.Associations {
		ppid, ok := ppids[a.ReceiverID]
		if !ok || ppid != a.PPID || a.Duration == csp.UnknownDuration || a.Protocol != csp.ProtocolSCTP {
			return false
		}
	}
	return len(r.Associations) == len(ppids)
}

// TestStatus has a server and a terminal report their status to a monitor from before
// there is a registrar to their end, each under its own identifier (fault 8 of
// docs/coming-from-rsplib.md).
func TestStatus(t *testing.T) {
	t.Parallel()
	site, m := newSite(t), clitest.NewMonitor(t)
	element, user := csp.NewComponentID(csp.GroupPoolElement, 0x1234), csp.NewComponentID(csp.GroupPoolUser, 0x777)
	server := site.server(append(reportsTo(m), "-identifier=0x1234", "-policy=LeastUsed")...)
	terminal := site.terminal(append(reportsTo(m), "-cspidentifier="+strconv.FormatUint(user.Object(), 10))...)
	for _, id := range []csp.ComponentID{element, user} {
		m.Await("no registrar", func(r *csp.Report) bool {
			return r.SenderID == id && r.Status == "Looking for Registrar ..." && isWith(r, nil) && r.Interval == 50*time.Millisecond
		})
	}
	site.registrar("-identifier=0x5", "-endpointkeepalivetransmissioninterval=300")
	exchange(terminal, "hello")
	m.Await("the element in a session", func(r *csp.Report) bool {
		return r.SenderID == element && r.Status == "1 Session" && r.Workload == 0 &&
			isWith(r, map[csp.ComponentID]uint32{csp.NewComponentID(csp.GroupRegistrar, 5): wire.PPIDASAP})
	})
	m.Await("the user in a session", func(r *csp.Report) bool {
		// A user without announces does not know the identifier of its registrar.
		return r.SenderID == user && r.Status == "1 Session" && r.Workload == csp.WorkloadUnknown &&
			isWith(r, map[csp.ComponentID]uint32{csp.NewComponentID(csp.GroupRegistrar, 0): wire.PPIDASAP, element: 0})
	})
	if err := terminal.stdin.Close(); err != nil {
		t.Error(err)
	}
	m.Await("the end of the user", func(r *csp.Report) bool { return r.SenderID == user && r.Final })
	m.Await("the element without a session", func(r *csp.Report) bool { return r.SenderID == element && r.Status == "0 Sessions" })
	terminal.expectEnd(0)
	server.signal(syscall.SIGINT)
	m.Await("the end of the element", func(r *csp.Report) bool { return r.SenderID == element && r.Final })
	server.expectEnd(0)
}
