package interop

import (
	"fmt"
	"os/exec"
	"testing"
)

// TestUDPEncapsulation has ours speak SCTP in UDP in user space, and the reference the
// kernel's with UDP encapsulation (RFC 6951). The kernel has one UDP port for all
// SCTP ports, so all that is dialled has this number as its SCTP port: that of the IANA for
// SCTP in UDP.
func TestUDPEncapsulation(t *testing.T) {
	mixes(t, allRoles, func(s *stage, who []side) {
		if out, err := exec.Command("modprobe", "-a", "udp_tunnel", "ip6_udp_tunnel").CombinedOutput(); err != nil {
			t.Fatalf("modprobe: %v: %s", err, out)
		}
		args := make([][]string, len(who))
		for i, w := range who {
			args[i] = []string{"-registrar=10.99.0.1:9899", "-asapannounce=off"}
			if w == ours {
				args[i] = append(args[i], "-transport=udp")
				continue
			}
			s.encapsulate(i+1, 9899)
			s.last = append(s.last, func() { s.encapsulate(i+1, 0) })
		}
		plain := s.watch("plain", "ip.proto == 132 || ipv6.nxt == 132")
		s.registrarInUDP(who[0])
		s.element(who[1], 2, "element", append(args[1], "-echo", "-local=10.99.0.2:9899", "-identifier=0x99999999")...)
		user := s.terminal(who[2], 3, "user", args[2]...)
		for i := range 3 {
			if id := user.echo(fmt.Sprint("line ", i)); id != "99999999" {
				s.t.Errorf("element %s answers", id)
			}
		}
		if packet := plainSCTP.FindString(plain.output()); packet != "" {
			s.t.Errorf("SCTP without UDP: %s", packet)
		}
	})
}

// registrarInUDP starts a registrar that has no neighbours.
func (s *stage) registrarInUDP(who side) {
	s.t.Helper()
	args := []string{"-asap=10.99.0.1:9899", "-asapannounce=off", "-enrpannounce=off"}
	if who == ours {
		args = append(args, "-transport=udp")
	}
	p := s.start(who, 1, "registrar", "rspregistrar", args...)
	if who == ours {
		p.await("serves ASAP")
		return
	}
	p.awaitListening(1, 9899)
}

// encapsulate sets the UDP port of a host's SCTP, and of those that it dials.
func (s *stage) encapsulate(host, port int) {
	s.t.Helper()
	for _, name := range []string{"udp_port", "encap_port"} {
		setting := fmt.Sprintf("net.sctp.%s=%d", name, port)
		cmd := exec.Command("ip", "netns", "exec", fmt.Sprintf("h%d", host), "sysctl", "-q", "-w", setting)
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Errorf("%s on h%d: %v: %s", setting, host, err, out)
		}
	}
}
