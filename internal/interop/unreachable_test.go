package interop

import (
	"fmt"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestUnreachableReports has users whom an element has told an address that they cannot
// reach; they report it. The registrar, which could reach it, gets no answer from the
// element either, as it is stopped, but has all its time for that: it must remove
// the element after two reports, and no sooner. With ours as the registrar these must come
// from two hosts, lest one alone decides.
func TestUnreachableReports(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		registrar := s.registrar(who[0], 1, "-maxbadpereports=2", "-endpointkeepalivetransmissioninterval=60000", "-endpointkeepalivetimeoutinterval=60000")
		const id = "77777701"
		element := s.element(who[1], 2, "element", append(at(1), "-echo", "-local=10.98.0.2:7000", "-identifier=0x"+id)...)
		s.port(2, 1, "down")
		s.last = append(s.last, func() { s.port(2, 1, "up") })
		element.signal(syscall.SIGSTOP)
		reports := s.sniff()
		awaitReports := func(host, n int) {
			s.t.Helper()
			reports.awaitPackets(fmt.Sprint("reports of h", host), n, func(p packet) bool { return p.from == strconv.Itoa(host) && p.has("asap.message_type", unreachable) })
		}
		user := s.terminal(who[2], 3, "user1", at(1)...)
		awaitReports(3, 1)
		user.signal(syscall.SIGSTOP) // No further report meanwhile.
		s.awaitTable(1, "the element with one report", has(id))
		user.signal(syscall.SIGCONT)
		user.say("next") // Else the reference's user tries no more.
		awaitReports(3, 2)
		if who[0] == ours {
			s.awaitTable(1, "the element with reports of one user", has(id))
			s.terminal(who[2], 4, "user2", at(1)...)
			awaitReports(4, 1)
		}
		// The reference's element closes its association with the registrar when that has been idle
		// for 30 s: then it would be too late.
		s.awaitTableFor(1, "empty", 10*time.Second, has())
		if who[0] == ours {
			registrar.await(`element removed .*pe_id=0x` + id + ` reason="reported as unreachable"`)
		}
	})
}

// port sets the bridge's port of a host's interface up or down: the host does not see it.
func (s *stage) port(host, network int, state string) {
	s.t.Helper()
	if out, err := exec.Command("ip", "link", "set", fmt.Sprintf("h%d-%d", host, network), state).CombinedOutput(); err != nil {
		s.t.Errorf("port of h%d in network %d %s: %v: %s", host, network, state, err, out)
	}
}
