package interop

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// policies are those that both sides have, as the option of rspserver, with what hsdump
// shows of the values. The reference's rspserver takes PriorityLeastUsedDegradationDPF as
// well, but aborts when it makes its registration ("Unknown policy").
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
		table := s.awaitTable(1, "all elements", has(ids...))
		for i, p := range policies {
			if e := table[ids[i]]; e.policy != p.name || !strings.Contains(e.values, p.values) {
				s.t.Errorf("%s: registered as %+v", p.option, e)
			}
		}
		for _, i := range []int{1, 4, 8, 13} {
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
		answers := s.sniff()
		s.element(who[1], 2, "element", append(at(1), "-echo", "-identifier=0x77777777", "-rereginterval=500")...)
		answers.awaitPackets("an answer", 4, func(p packet) bool { return p.has("asap.message_type", registrationResponse) && !p.set("asap.r_bit") })
		s.awaitTable(1, "the element", has("77777777"))
	})
}

// TestPingPong kills the servers of a session one after the other, so that each side goes on
// for each; the state goes on by the cookie.
func TestPingPong(t *testing.T) {
	mixes(t, []string{"registrar", "user", "servers=both"}, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		var servers []*process
		for i, server := range handedOn {
			servers = append(servers, s.element(server, 2+2*(i%3), fmt.Sprint("server", i), append(at(1), "-pingpong", fmt.Sprintf("-identifier=0x8888880%d", i), fmt.Sprintf("-policy=Priority:%d", 9-i))...))
		}
		user := s.start(who[1], 3, "user", "pingpongclient", append(at(1), "-interval=100")...)
		for i, server := range servers {
			user.await(pong(fmt.Sprintf("8888880%d", i)))
			if i < len(servers)-1 {
				server.signal(syscall.SIGKILL)
			}
		}
		s.checkPongs(user)
	})
}

// TestCalcApp kills the servers of jobs one after the other, so that each side goes on for each,
// with the state of the job or from its beginning. The last server completes jobs.
func TestCalcApp(t *testing.T) {
	mixes(t, []string{"registrar", "user", "servers=both"}, func(s *stage, who []side) {
		s.registrar(who[0], 1)
		files := func(name, vector, scalar string) []string {
			return []string{"-" + vector + "=" + filepath.Join(s.dir, name+".vec"), "-" + scalar + "=" + filepath.Join(s.dir, name+".sca")}
		}
		var servers []*process
		for i, server := range handedOn {
			name := fmt.Sprint("server", i)
			args := append(at(1), "-calcapp", fmt.Sprintf("-identifier=0x9999990%d", i), fmt.Sprintf("-policy=Priority:%d", 9-i), "-capcookiemaxtime=0.3", "-capkeepalivetransmissioninterval=500")
			servers = append(servers, s.element(server, 2+2*(i%3), name, append(args, files(name, "capvector", "capscalar")...)...))
		}
		args := append(at(1), "-jobinterval=0.2", "-jobsize=2000000", "-keepalivetransmissioninterval=500")
		user := s.start(who[1], 3, "user", "calcappclient", append(args, files("user", "vector", "scalar")...)...)
		for i, server := range servers {
			server.await(`(?i)job \S+ (?:of size \d+ )?accepted`)
			if i < len(servers)-1 {
				server.signal(syscall.SIGKILL)
			}
		}
		last := servers[len(servers)-1]
		last.await(`(?i)job \S+ (?:is )?complete`)
		user.await(`Job #\d+ completed:|job \d+: complete after`)
	})
}

// pong matches the answer of an element, once it is written whole, and has the element and the reply's
// number as groups.
func pong(id string) string { return `(?:Ack|pong).*(?:\$|0x)(` + id + `)[^\d\n]+(\d+)\D` }

// checkPongs looks whether the numbers of a client's replies go on from one to the next,
// across servers too. A server that is killed between a pong and the cookie behind it leaves
// the number for the next server to give once more; and its last pong may be lost.
func (s *stage) checkPongs(user *process) {
	s.t.Helper()
	server, last := "", 0
	for _, m := range regexp.MustCompile(pong("888888[0-9]+")).FindAllStringSubmatch(user.output(), -1) {
		n, err := strconv.Atoi(m[2])
		next := m[1] != server && server != "" && (n == last || n == last+2)
		if err != nil || n != last+1 && !next {
			s.t.Errorf("reply %s of %s after %d of %s", m[2], m[1], last, server)
		}
		server, last = m[1], n
	}
}
