package e2e

import (
	"regexp"
	"syscall"
	"testing"
)

// TestMonitor has a registrar, a server and a terminal report to a monitor, which prints a line for
// each change, or JSON.
func TestMonitor(t *testing.T) {
	t.Parallel()
	if noMonitor != "" {
		t.Skip("no monitor to test with: ", noMonitor)
	}
	for _, c := range []struct {
		output                                              string
		listening, registrar, looking, serving, user, ended string
	}{
		{
			output:    "text",
			listening: `listening at 127\.0\.0\.1:`,
			registrar: `appeared  PR 0x00000005 \[.*\] U=00:00:0\d A=0 "0\[0\] PEs in 0 Pools, 0 Peers"$`,
			looking:   `appeared  PE 0x00001234 .* A=0 L=  0% "Looking for Registrar \.\.\."$`,
			serving:   `changed   PE 0x00001234 .* A=1 L=  0% "1 Session" -> PR 0x00000005 ASAP/SCTP 0:00:0\d$`,
			user:      `(?:appeared|changed  ) PU 0x00000000000777 .* A=2 "1 Session" -> PR 0x00000000 ASAP/SCTP 0:00:0\d, -> PE 0x00001234 Data/SCTP 0:00:0\d$`,
			ended:     `ended     PU 0x00000000000777 `,
		},
		{
			output:    "json",
			listening: `"event":"listening"`,
			registrar: `"event":"appeared","group":"PR","id":"0x00000005","from":"127\.0\.0\.1:\d+"`,
			looking:   `"event":"appeared","group":"PE","id":"0x00001234".*"status":"Looking for Registrar \.\.\.".*"workload":0,`,
			serving:   `"event":"changed","group":"PE","id":"0x00001234".*"status":"1 Session".*"application":"ASAP"`,
			user:      `"group":"PU","id":"0x00000000000777".*"status":"1 Session".*"id":"0x00001234","protocol":"SCTP","ppid":0,"application":"Data"`,
			ended:     `"event":"ended","group":"PU","id":"0x00000000000777".*"ended":true`,
		},
	} {
		t.Run(c.output, func(t *testing.T) {
			t.Parallel()
			site, at := newSite(t), freeAddr(t).String()
			monitor := start(t, "cspmonitor", "-localaddress="+at, "-full", "-output="+c.output)
			monitor.expect(c.listening)
			// A single option is enough for reports.
			server := site.server("-cspserver="+at, "-identifier=0x1234", "-policy=LeastUsed")
			monitor.expect(c.looking)
			site.registrar("-cspserver="+at, "-identifier=0x5", "-endpointkeepalivetransmissioninterval=300")
			monitor.expect(c.registrar)
			terminal := site.terminal("-cspserver="+at, "-cspidentifier=0x777")
			exchange(terminal, "hello")
			other := c.serving // Either may come first.
			if regexp.MustCompile(c.serving).MatchString(monitor.expect("(" + c.serving + "|" + c.user + ")")) {
				other = c.user
			}
			monitor.expect(other)
			_ = terminal.stdin.Close()
			monitor.expect(c.ended)
			server.signal(syscall.SIGINT)
			server.expectEnd(0)
			monitor.signal(syscall.SIGTERM)
			monitor.expectEnd(0)
		})
	}
}
