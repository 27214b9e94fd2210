package interop

import (
	"fmt"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// plainSCTP matches what tshark writes of a packet.
var plainSCTP = regexp.MustCompile(`.*→.*SCTP.*`)

var allRoles = []string{"registrar", "element", "user"}

// TestEcho finds the registrar by its announces, exchanges lines, and ends all in
// order.
func TestEcho(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		registrar := s.start(who[0], 1, "registrar", "rspregistrar")
		element := s.element(who[1], 2, "element", "-echo", "-identifier=0x11223344")
		user := s.terminal(who[2], 3, "user")
		for i := range 3 {
			if id := user.echo(fmt.Sprint("line ", i)); id != "11223344" {
				s.t.Errorf("element %s answers", id)
			}
		}
		user.stop()
		element.stop()
		registrar.stop()
	})
}

// TestDeregistration looks at the registrar's handlespace before and after an
// element's orderly end.
func TestDeregistration(t *testing.T) {
	mixes(t, allRoles[:2], func(s *stage, who []side) {
		s.registrar(who[0], 1)
		element := s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x11223344", "-policy=WeightedRoundRobin:7")...)
		s.awaitTable(1, "the element", has("11223344"))
		element.stop()
		s.awaitTable(1, "empty", has())
	})
}

// TestIPv6 has no IPv4 between the hosts.
func TestIPv6(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		to := []string{"-registrar=[fd00:99::1]:3863", "-asapannounce=off"}
		for h := 1; h <= 3; h++ {
			for i, link := range []string{"eth0", "eth1"} {
				on(h, "ip", "-4", "addr", "flush", "dev", link)
				s.last = append(s.last, func() { on(h, "ip", "addr", "add", fmt.Sprintf("10.9%d.0.%d/24", 9-i, h), "brd", "+", "dev", link) })
			}
			s.last = append(s.last, func() { on(h, "ip", "route", "replace", "224.0.0.0/4", "dev", "eth0") })
		}
		s.element(who[1], 2, "element", append(to, "-echo", "-identifier=0x66666666")...)
		user := s.terminal(who[2], 3, "user", to...)
		user.echo("sechs")
		user.stop()
	})
}

// TestPathCut cuts the first of two paths to an element in the middle of a session.
func TestPathCut(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x22222222")...)
		user := s.terminal(who[2], 3, "user", at(1)...)
		user.echo("before")
		s.link(2, "eth0", "down")
		user.echo("after")
		s.awaitTable(1, "the element", has("22222222"))
	})
}

// TestSilentDeath stops an element: its keep-alives stay without answer.
func TestSilentDeath(t *testing.T) {
	mixes(t, allRoles[:2], func(s *stage, who []side) {
		s.registrar(who[0], 1, "-endpointkeepalivetransmissioninterval=2000", "-endpointkeepalivetimeoutinterval=2000")
		element := s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x33333333")...)
		s.awaitTable(1, "the element", has("33333333"))
		element.signal(syscall.SIGSTOP)
		// The kernel closes the association of the reference's when it has been idle for 30 s.
		s.awaitTableFor(1, "empty", 25*time.Second, has())
	})
}

// TestAssociationLoss kills an element, so that its host aborts its associations; no
// keep-alive is due.
func TestAssociationLoss(t *testing.T) {
	mixes(t, allRoles[:2], func(s *stage, who []side) {
		s.registrar(who[0], 1, "-endpointkeepalivetransmissioninterval=300000")
		element := s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x44444444")...)
		s.awaitTable(1, "the element", has("44444444"))
		element.signal(syscall.SIGKILL)
		s.awaitTable(1, "empty", has())
	})
}

// TestFailover kills the elements of a session one after the other, so that each side goes on
// for each.
func TestFailover(t *testing.T) {
	mixes(t, []string{"registrar", "user", "elements=both"}, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		var elements []*process
		for i, element := range handedOn {
			elements = append(elements, s.element(element, 2+2*(i%3), fmt.Sprint("element", i), append(at(1), "-echo", fmt.Sprintf("-identifier=0x5555550%d", i), fmt.Sprintf("-policy=Priority:%d", 9-i))...))
		}
		user := s.terminal(who[1], 3, "user", at(1)...)
		for i, element := range elements {
			line := fmt.Sprint("line ", i)
			answer := regexp.MustCompile(fmt.Sprintf(`from PE (?:\$|0x)5555550%d> %s\b`, i, line))
			// What is said while the session has no element is lost.
			if !poll(quarter, patience, func() bool {
				user.say(line)
				return answer.MatchString(user.output())
			}) {
				s.t.Fatalf("element %d does not answer", i)
			}
			element.signal(syscall.SIGKILL)
		}
	})
}
