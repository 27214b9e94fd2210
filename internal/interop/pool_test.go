package interop

import (
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// policies are those that both sides have, as the option of rspserver, with what hsdump
// shows of the values.
var policies = []struct{ option, name, values string }{
	{"RoundRobin", "RoundRobin", ""},
	{"WeightedRoundRobin:3", "WeightedRoundRobin", "w=3 "},
	{"Random", "Random", ""},
	{"WeightedRandom:7", "WeightedRandom", "w=7 "},
	{"WeightedRandomDPF:5:0.25", "WeightedRandomDPF", "w=5 "},
	{"Priority:9", "Priority", "w=9 "},
	{"LeastUsed", "LeastUsed", "l=0.000%"},
	{"LeastUsedDegradation:0.125", "LeastUsedDegradation", "ldeg=12.500%"},
	{"LeastUsedDPF:0.5", "LeastUsedDPF", "ldpf=0.5"},
	{"LeastUsedDegradationDPF:0.25:0.75", "LeastUsedDegradationDPF", "ldeg=25.000%"},
	{"PriorityLeastUsed:0.2", "PriorityLeastUsed", ""},
	{"PriorityLeastUsedDegradation:0.1", "PriorityLeastUsedDegradation", ""},
	{"PriorityLeastUsedDegradationDPF:0.1:0.9", "PriorityLeastUsedDegradationDPF", ""},
	{"RandomizedLeastUsed", "RandomizedLeastUsed", ""},
	{"RandomizedPriorityLeastUsed", "RandomizedPriorityLeastUsed", ""},
}

// TestPolicies registers an element of each policy, in a pool each, and resolves
// some of the pools.
func TestPolicies(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		var ids []string
		for i, p := range policies {
			id := fmt.Sprintf("000000%02x", i+1)
			s.start(who[1], 2+i%2, "element"+fmt.Sprint(i), "rspserver",
				append(at(1), "-echo", fmt.Sprint("-poolhandle=Pool", i), "-policy="+p.option, "-identifier=0x"+id)...)
			ids = append(ids, id)
		}
		s.awaitTable(1, "all elements", has(ids...))
		table := s.table(1)
		for i, p := range policies {
			if e := table[ids[i]]; e.policy != p.name || !strings.Contains(e.values, p.values) {
				s.t.Errorf("%s: registered as %+v", p.option, e)
			}
		}
		for _, i := range []int{1, 4, 8, 14} {
			user := s.terminal(who[2], 4, "user"+fmt.Sprint(i), append(at(1), fmt.Sprint("-poolhandle=Pool", i))...)
			if id := user.echo("line"); id != ids[i] {
				s.t.Errorf("%s: element %s answers", policies[i].option, id)
			}
		}
	})
}

// TestReregistration renews a registration several times, each answered.
func TestReregistration(t *testing.T) {
	mixes(t, allRoles[:2], func(s *stage, who []side) {
		s.registrar(who[0], 1)
		answers := s.watch("answers", "asap.message_type == 3 && asap.r_bit == 0")
		s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x77777777", "-rereginterval=500")...)
		answers.await(`(?s)(ASAP.*){4}`)
		s.awaitTable(1, "the element", has("77777777"))
	})
}

// TestPingPong kills the server of a session; the state goes on at the next one by the
// cookie.
func TestPingPong(t *testing.T) {
	mixes(t, []string{"registrar", "first server", "second server", "user"}, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		servers := map[string]*process{}
		for i, name := range []string{"server1", "server2"} {
			servers[name] = s.element(who[1+i], 2+2*i, name, append(at(1), "-pingpong", fmt.Sprintf("-identifier=0x8888880%d", i+1), fmt.Sprintf("-policy=Priority:%d", 9-i))...)
		}
		user := s.start(who[3], 3, "user", "pingpongclient", append(at(1), "-interval=100")...)
		user.await(pong("88888801"))
		servers["server1"].signal(syscall.SIGKILL)
		user.await(pong("88888802"))
		// Each pong has the number of the one before, and one more: none is lost by the failover.
		s.checkPongs(user)
	})
}

// pong matches the answer of an element.
func pong(id string) string { return `(?i)pong.*(?:\$|0x)` + id + `|` + id + `.*pong` }

// checkPongs looks whether the numbers of a client's pongs grow all the time.
func (s *stage) checkPongs(user *process) {
	s.t.Helper()
	last := 0
	for _, m := range regexp.MustCompile(`(?i)replyno(?:=|\s+|\s*=\s*)(\d+)`).FindAllStringSubmatch(user.output(), -1) {
		n := 0
		if _, err := fmt.Sscan(m[1], &n); err != nil || n < last {
			s.t.Errorf("reply %s after %d", m[1], last)
		}
		last = n
	}
}

// TestStatusReports has the reference's cspmonitor show the reports of a registrar,
// an element and a user.
func TestStatusReports(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		csp := []string{"-cspserver=10.99.0.5:2960", "-cspinterval=500"}
		monitor := s.run("h5", "monitor", "stdbuf", "-oL", "cspmonitor", "-compact")
		s.registrar(who[0], 1, csp...)
		s.element(who[1], 2, "element", append(append(at(1), "-echo"), csp...)...)
		s.terminal(who[2], 3, "user", append(at(1), csp...)...)
		for _, what := range []string{"Registrar", "Pool Element", "Pool User"} {
			monitor.await(`(?i)` + what + `|` + strings.ReplaceAll(what, " ", ""))
		}
	})
}
