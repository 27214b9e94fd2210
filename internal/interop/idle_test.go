package interop

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestIdleAssociations opens 2,000 associations with a registrar from another host, asks one
// question over each, and leaves them idle. The registrar must have less than 30 threads.
// The suite shows the figures.
func TestIdleAssociations(t *testing.T) {
	const n = 2000
	mixes(t, []string{"registrar"}, func(s *stage, who []side) {
		s.single() // Heartbeats to four addresses of each would keep the guest busy.
		var args []string
		if who[0] == ours {
			args = append(args, fmt.Sprint("-max-associations-per-source=", n))
		}
		registrar := s.registrar(who[0], 1, args...)
		before := registrar.status()
		users := ours.command("idleusers", "-registrar=10.99.0.1:3863", fmt.Sprint("-associations=", n))
		p := s.run("h2", "users", append([]string{"prlimit", "--nofile=8192"}, users...)...)
		if !poll(time.Second, 8*patience, func() bool { return strings.Contains(p.output(), "all associations are up") }) {
			s.t.Fatal("not all associations came up")
		}
		up := strings.Count(fileOf(1, "/proc/net/sctp/assocs"), "\n") - 1
		if up < n {
			s.t.Fatalf("%d associations are up", up)
		}
		after := registrar.status()
		s.t.Logf("figures: %d associations; before: %v; then: %v; memory for each: %d octets",
			up, before, after, (after.memory-before.memory)*1024/up)
		if after.threads >= 30 {
			s.t.Errorf("%d threads", after.threads)
		}
	})
}

// A processStatus is what the kernel tells of a process, memory in KiB.
type processStatus struct{ memory, most, threads int }

func (s processStatus) String() string {
	return fmt.Sprintf("%d KiB of memory, at most %d KiB, %d threads", s.memory, s.most, s.threads)
}

// status returns the memory and the threads of a program.
func (p *process) status() processStatus {
	p.t.Helper()
	text := on(1, "cat", fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	number := func(name string) int {
		m := regexp.MustCompile(`(?m)^` + name + `:\s*(\d+)`).FindStringSubmatch(text)
		if m == nil {
			p.t.Fatalf("%s: no %s in its status", p.name, name)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			p.t.Fatal(err)
		}
		return n
	}
	return processStatus{memory: number("VmRSS"), most: number("VmHWM"), threads: number("Threads")}
}
