package words

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/csp"
)

func TestWords(t *testing.T) {
	t.Parallel()
	id := csp.NewComponentID
	for _, c := range []struct{ got, want string }{
		{ID(id(csp.GroupRegistrar, 1)), "0x00000001"},
		{ID(id(csp.GroupPoolElement, 0xffffffff)), "0xffffffff"},
		{ID(id(csp.GroupPoolElement, 0x100000000)), "0x00000100000000"},
		{ID(id(csp.GroupPoolUser, 1)), "0x00000000000001"},
		{ID(id(4, 1)), "0x0400000000000001"},
		{Group(csp.GroupRegistrar), "PR"},
		{Group(csp.GroupPoolElement), "PE"},
		{Group(csp.GroupPoolUser), "PU"},
		{Group(0), "ID"},
		{Application(0), "Data"},
		{Application(35), "Scripting"},
		{Application(36), "0x00000024"},
		{Protocol(csp.ProtocolTCP), "TCP"},
		{Protocol(1), "0x0001"},
		{Association(&csp.Association{ReceiverID: id(2, 1), Duration: csp.UnknownDuration, Protocol: csp.ProtocolUDP, PPID: 12}), "PE 0x00000001 ENRP/UDP"},
		{Association(&csp.Association{ReceiverID: id(2, 1), Duration: 26*time.Hour + 3*time.Second, Protocol: csp.ProtocolSCTP}), "PE 0x00000001 Data/SCTP 26:00:03"},
		{Uptime(0), "00:00:00"},
		{Uptime(100*time.Hour - 1), "99:59:59"},
		{Uptime(100 * time.Hour), "  4d 04h"},
		{Uptime(1000*24*time.Hour - 1), "999d 23h"},
		{Uptime(1000 * 24 * time.Hour), "   1000d"},
		{Uptime(15000 * 24 * time.Hour), "??:??:??"}, // A sender that puts the time since 1970 there.
		{Age(-time.Second), "0.0s"},
		{Age(99 * time.Second), "99.0s"},
		{Age(100 * time.Second), "1m"},
		{Age(100 * time.Minute), "1h"},
		{Age(1 << 62), "9999h"},
		{Load(csp.WorkloadUnknown), ""},
		{Load(csp.WorkloadFull), "100%"},
		{Cut("größe", 5), "größe"},
		{Cut("größer", 5), "größ…"},
		{Cut("xy", 1), "…"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
