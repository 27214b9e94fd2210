package interop

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMonitor has two registrars, one of each side, report their status by CSP to the
// reference's cspmonitor: each with its peer, and how many elements there are and how
// many of these are its own. So do an element and a user of ours, each with its registrar,
// and the user with its element. What ends is taken off the screen at once.
func TestMonitor(t *testing.T) {
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		monitor := s.start(reference, 7, "monitor", "cspmonitor", "-full", "-localaddress=0.0.0.0:2960", "-updateinterval=500")
		csp := []string{"-cspserver=10.99.0.7:2960", "-cspinterval=500"}
		s.present(who[0], 1, append(csp, "-identifier=0x00000001")...)
		second := s.present(who[1], 2, append(csp, "-identifier=0x00000002")...)
		element := s.element(ours, 3, "element1", slices.Concat(at(1), csp, []string{"-echo", "-identifier=0x11111111", "-policy=LeastUsed"})...)
		s.element(reference, 4, "element2", append(at(1), "-echo", "-identifier=0x22222222", "-policy=LeastUsed")...)
		user := s.terminal(ours, 5, "user", slices.Concat(at(1), csp, []string{"-cspidentifier=0x777"})...)
		serving := user.echo("hello")
		status := map[bool]string{false: "0 Sessions", true: "1 Session"}[serving == "11111111"]

		line := func(id int, text string) string {
			return fmt.Sprintf(`PR \$0000000%[1]d \[.*10\.99\.0\.%[1]d:3863.*\] .*A=1 "%s"\s+-> PR \$0000000%[3]d ENRP/SCTP\s+`, id, regexp.QuoteMeta(text), 3-id)
		}
		// Keep-alives tell the element whom it is registered at. A user hears it in announces alone.
		const home = `\s+-> PR \$0000000%d ASAP/SCTP +duration=0:\d\d:\d\d\s+`
		s.awaitScreen(monitor, `- 2 PRs, 1 PEs, 1 PUs\s+`+line(1, "2[2] PEs in 1 Pool, 1 Peer")+line(2, "2[0] PEs in 1 Pool, 1 Peer")+
			`PE \$11111111 \[.*10\.99\.0\.3:\d+.*\] .*A=1 L= *0% "`+status+`"`+fmt.Sprintf(home, 1)+
			`PU \$00000000000777 \[.*10\.99\.0\.5.*\] .*A=2 "1 Session"`+fmt.Sprintf(home, 0)+`-> PE \$`+serving+` Data/SCTP +duration=0:\d\d:\d\d`)
		user.stop()
		element.stop()
		second.stop()
		s.awaitScreen(monitor, `- 1 PRs, 0 PEs, 0 PUs\s+PR \$00000001`)
	})
}

// TestOwnMonitor has a registrar, an element and a user of each side report their status by CSP to
// our cspmonitor, which prints a line for each change.
func TestOwnMonitor(t *testing.T) {
	mixes(t, []string{"components"}, func(s *stage, who []side) {
		s.single()
		monitor := s.start(ours, 7, "monitor", "cspmonitor", "-full", "-output=text")
		csp := []string{"-cspserver=10.99.0.7:2960", "-cspinterval=500"}
		s.registrar(who[0], 1, append(csp, "-identifier=0x00000001")...)
		element := s.element(who[0], 3, "element", slices.Concat(at(1), csp, []string{"-echo", "-identifier=0x11111111", "-policy=LeastUsed"})...)
		user := s.terminal(who[0], 5, "user", slices.Concat(at(1), csp)...)
		user.echo("hello")

		await := func(pattern string) {
			s.t.Helper()
			re := regexp.MustCompile(pattern)
			if !poll(quarter, patience, func() bool { return re.MatchString(monitor.output()) }) {
				s.t.Fatalf("the monitor shows, not %q, but:\n%s", pattern, monitor.output())
			}
		}
		await(`PR 0x00000001 \[.*10\.99\.0\.1:3863.*\] .*A=0 "1\[1\] PEs in 1 Pool, 0 Peers"`)
		await(`PE 0x11111111 \[.*10\.99\.0\.3.*\] .*A=1 L=  0% "\d Sessions?" -> PR 0x0000000\d ASAP/SCTP`)
		await(`PU 0x[0-9a-f]{14} \[.*10\.99\.0\.5.*\] .*A=2 "1 Session" -> PR 0x0000000\d ASAP/SCTP \S*, -> PE 0x11111111 Data/SCTP`)
		user.stop()
		await(`ended     PU 0x`)
		element.stop()
		await(`ended     PE 0x11111111 `)
	})
}

// TestHsdump looks at all that the reference's hsdump shows of a registrar: peers, pools, and
// elements with their owner, their registration, their policy and their addresses.
func TestHsdump(t *testing.T) {
	mixes(t, []string{"registrar", "peer", "elements=both"}, func(s *stage, who []side) {
		s.single()
		s.present(who[0], 1, "-identifier=0x00000001")
		s.present(who[1], 2, "-identifier=0x00000002")
		s.element(ours, 3, "element1", append(at(1), "-echo", "-poolhandle=Alpha", "-identifier=0x11111111",
			"-policy=WeightedRoundRobin:7", "-rereginterval=20000", "-local=10.99.0.3:7001")...)
		s.element(reference, 4, "element2", append(at(1), "-echo", "-poolhandle=Beta", "-identifier=0x22222222",
			"-policy=LeastUsedDegradation:0.25", "-rereginterval=10000", "-local=10.99.0.4:7002")...)
		patterns := []string{
			`PeerList of \$[0-9a-f]+ \(1 peers\)`,
			`\$00000002 upd=\d+ .*\n +addrs: \{.*10\.99\.0\.2.*\} 9901/SCTP`,
			`\(2 Pools, 2 PoolElements, 0 Owned\)`,
			`Pool "Alpha", Policy "WeightedRoundRobin", Protocol SCTP, CtrlCh=yes: \(1 nodes\)`,
			`\$11111111 .*\n.* home=\$00000001 life=60000ms ur=0 *\n +t=\$02 \[w=7 l=0\.000%.*\n.*\n +userT: \{10\.99\.0\.3\} 7001/SCTP\+CtrlCh\n +regT: +\{.*10\.99\.0\.3.*\} \d+/SCTP`,
			`Pool "Beta", Policy "LeastUsedDegradation", Protocol SCTP, CtrlCh=yes: \(1 nodes\)`,
			`\$22222222 .*\n.* home=\$00000001 life=30000ms ur=0 *\n +t=\$40000002 \[w=0 l=0\.000%.* ldeg=25\.000%.*\n.*\n +userT: \{10\.99\.0\.4\} 7002/SCTP\+CtrlCh\n +regT: +\{.*10\.99\.0\.4.*\} \d+/SCTP`,
			`\$00000001 -> "Alpha" / \$11111111`,
			`\$00000001 -> "Beta" / \$22222222`,
		}
		var dump, missing string
		// The registrar takes hsdump for another peer, for 10 s.
		if !poll(15*time.Second, patience, func() bool {
			dump = on(7, "hsdump", "10.99.0.1:9901")
			i := slices.IndexFunc(patterns, func(p string) bool { return !regexp.MustCompile(p).MatchString(dump) })
			if i >= 0 {
				missing = patterns[i]
			}
			return i < 0
		}) {
			s.t.Errorf("hsdump does not show %q, but:\n%s", missing, dump)
		}
	})
}

// goneAfter is a time after which every registrar has noticed that a peer is gone: twice the 10 s of RSPLIB.
const goneAfter = 20 * time.Second

// TestHsdumpLeaves has our hsdump show what a registrar has. Afterwards, no registrar may start a
// takeover of the identifier under which it asked.
func TestHsdumpLeaves(t *testing.T) {
	mixes(t, []string{"registrar", "peer", "elements=both"}, func(s *stage, who []side) {
		s.single()
		packets := s.sniff()
		s.present(who[0], 1, "-identifier=0x00000001")
		s.present(who[1], 2, "-identifier=0x00000002")
		s.element(ours, 3, "element1", append(at(1), "-echo", "-poolhandle=Alpha", "-identifier=0x11111111",
			"-policy=WeightedRoundRobin:7", "-local=10.99.0.3:7001")...)
		s.element(reference, 4, "element2", append(at(1), "-echo", "-poolhandle=Beta", "-identifier=0x22222222",
			"-policy=LeastUsedDegradation:0.25", "-local=10.99.0.4:7002")...)
		s.awaitDump([]string{
			`^Registrar 0x00000001 at 10\.99\.0\.1:9901, checksum 0x[0-9a-f]{4}\n2 pools, 2 elements, \d+ other registrars?, `,
			`\n  0x00000002  SCTP .*10\.99\.0\.2:9901`,
			`\nPool Alpha: WeightedRoundRobin, 1 element\n.*\n  0x11111111  0x00000001  .*  weight 7  +SCTP 10\.99\.0\.3:7001 with control  SCTP 10\.99\.0\.3:\d+`,
			`\nPool Beta: LeastUsedDegradation, 1 element\n.*\n  0x22222222  0x00000001  .*  load 0\.0 %, degradation 25\.0 %  SCTP 10\.99\.0\.4:7002 with control  SCTP 10\.99\.0\.4:\d+`,
		})
		packets.awaitPackets("a request of hsdump", 1, func(p packet) bool {
			return p.from == "7" && p.to == "1" && p.has("enrp.message_type", handleTableRequest)
		})
		takeovers := func() []packet {
			return packets.matching(func(p packet) bool { return p.has("enrp.message_type", initTakeover) })
		}
		if poll(time.Second, goneAfter, func() bool { return len(takeovers()) > 0 }) {
			s.t.Errorf("takeovers after hsdump: %+v", takeovers())
		}
	})
}

// awaitDump waits until our hsdump, which asks the registrar of h1, shows all patterns.
func (s *stage) awaitDump(patterns []string) {
	s.t.Helper()
	var dump, missing string
	if !poll(time.Second, patience, func() bool {
		dump = on(7, ours.command("hsdump", "-transport=kernel", "10.99.0.1:9901")...)
		i := slices.IndexFunc(patterns, func(p string) bool { return !regexp.MustCompile(p).MatchString(dump) })
		if i >= 0 {
			missing = patterns[i]
		}
		return i < 0
	}) {
		s.t.Fatalf("hsdump does not show %q, but:\n%s", missing, dump)
	}
}

// escape matches what moves the cursor and sets colours.
var escape = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// awaitScreen waits until the last whole screen that a monitor has drawn matches.
func (s *stage) awaitScreen(monitor *process, pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	var screen string
	if !poll(quarter, patience, func() bool {
		screens := strings.Split(escape.ReplaceAllString(monitor.output(), ""), "Current Component Status ")
		if len(screens) < 3 {
			return false
		}
		screen = screens[len(screens)-2]
		return re.MatchString(screen)
	}) {
		s.t.Fatalf("the monitor shows, not %q, but:\n%s", pattern, screen)
	}
}
