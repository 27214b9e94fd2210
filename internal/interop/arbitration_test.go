package interop

import (
	"fmt"
	"math"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// lag is how long what the survivors of TestArbitration send is on its way. They may have heard of
// the dead one for the last time a heartbeat apart, which is a second.
const lag = 1300 * time.Millisecond

// TestArbitration stops one of three registrars, so that the others find out by their timers,
// and each begins the takeover before it can know that the other one has. The one with the
// higher identifier must give up; both then have all elements, of both sides, exactly
// once and at home with the other one, and the elements have heard of no other.
func TestArbitration(t *testing.T) {
	mixes(t, []string{"dead", "lower", "higher"}, func(s *stage, who []side) {
		s.single()
		slower := append(slices.Clone(quick), "-takeoverexpiryinterval=6000")
		s.present(who[1], 2, append(plain(who[1], slower), "-identifier=0x00000002")...)
		s.present(who[2], 5, append(plain(who[2], slower), "-identifier=0x00000003")...)
		takeover := s.sniff()
		dead := s.present(who[0], 1, append(plain(who[0], quick), "-identifier=0x00000001")...)
		s.elementsOfBoth(takeover)
		for _, survivor := range []int{2, 5} {
			s.delay(survivor, lag)
			s.last = append(s.last, func() { s.delay(survivor, 0) })
		}
		dead.signal(syscall.SIGSTOP)
		begin := func(from string) float64 {
			return takeover.awaitPackets("a takeover of "+from, 1, func(p packet) bool {
				return p.from == from && p.has("enrp.message_type", initTakeover)
			})[0].at
		}
		if apart := math.Abs(begin("2") - begin("5")); apart > lag.Seconds() {
			s.t.Errorf("the takeovers begin %f s apart: nothing to arbitrate", apart)
		}
		takeover.awaitPackets("the loser's agreement", 1, func(p packet) bool {
			return p.from == "5" && p.to == "2" && p.has("enrp.message_type", initTakeoverAck)
		})
		for _, survivor := range []int{2, 5} {
			s.delay(survivor, 0)
		}
		s.awaitAdoption(takeover)
		if p := takeover.matching(func(p packet) bool {
			return p.from == "5" && p.has("asap.message_type", keepAlive) || p.from == "2" && p.to == "5" && p.has("enrp.message_type", initTakeoverAck)
		}); len(p) > 0 {
			s.t.Errorf("the loser takes elements over, or the winner agrees to it: %+v", p)
		}
	})
}

// plain returns the options of a registrar that does not turn to SCTP in UDP, which the sniffer
// does not see, where a handshake takes long.
func plain(who side, options []string) []string {
	if who == ours {
		return append([]string{"-transport=kernel"}, options...)
	}
	return slices.Clone(options)
}

// TestTakeover kills the first of three registrars. The second one soon begins a takeover;
// the third one, which would wait longer, agrees. Both then have the elements, of both
// sides, at home with the second one.
func TestTakeover(t *testing.T) {
	mixes(t, []string{"dead", "second", "third"}, func(s *stage, who []side) {
		s.single()
		s.present(who[1], 2, append(quick, "-identifier=0x00000002")...)
		s.present(who[2], 5, "-identifier=0x00000003", "-peerheartbeatcycle=1000", "-peermaxtimelastheard=30000", "-peermaxtimenoresponse=30000")
		takeover := s.sniff()
		dead := s.present(who[0], 1, append(quick, "-identifier=0x00000001")...)
		s.elementsOfBoth(takeover)
		dead.signal(syscall.SIGKILL)
		takeover.awaitPackets("the third one's agreement", 1, func(p packet) bool {
			return p.from == "5" && p.to == "2" && p.has("enrp.message_type", initTakeoverAck)
		})
		s.awaitAdoption(takeover)
	})
}

// elementsOfBoth registers an element of each side at the registrar of h1 when it and those of
// h2 and h5 know each other, and waits until it has told them of the elements. They are not asked: hsdump is a peer to the
// reference, whose takeover would wait for its consent.
func (s *stage) elementsOfBoth(takeover *sniffer) {
	s.t.Helper()
	for _, survivor := range []string{"2", "5"} {
		for _, way := range [][2]string{{"1", survivor}, {survivor, "1"}} {
			takeover.awaitPackets(fmt.Sprintf("a presence from %s for %s", way[0], way[1]), 1, func(p packet) bool {
				return p.from == way[0] && p.to == way[1] && p.has("enrp.message_type", presence)
			})
		}
	}
	s.element(ours, 3, "element1", append(at(1), "-echo", "-identifier=0x11111111")...)
	s.element(reference, 4, "element2", append(at(1), "-echo", "-identifier=0x22222222")...)
	for _, survivor := range []string{"2", "5"} {
		for _, id := range []string{"0x11111111", "0x22222222"} {
			takeover.awaitPackets("element "+id+" for "+survivor, 1, func(p packet) bool {
				return p.from == "1" && p.to == survivor && p.has("enrp.message_type", handleUpdate) && p.has("enrp.pool_element_pe_identifier", id)
			})
		}
	}
}

// awaitAdoption waits until the registrar of h2 has told the elements that it is their home,
// and all know it.
func (s *stage) awaitAdoption(takeover *sniffer) {
	s.t.Helper()
	for _, element := range []string{"3", "4"} {
		takeover.awaitPackets("an adoption of the element of "+element, 1, func(p packet) bool {
			return p.from == "2" && p.to == element && p.has("asap.message_type", keepAlive) && p.set("asap.h_bit")
		})
	}
	for _, survivor := range []int{2, 5} {
		s.awaitTable(survivor, "the elements at home with the second one", func(m map[string]entry) bool {
			return len(m) == 2 && m["11111111"].home == "00000002" && m["22222222"].home == "00000002"
		})
	}
}

// delay sets how long what a host sends in the first network is on its way.
func (s *stage) delay(host int, by time.Duration) {
	s.t.Helper()
	args := []string{"-n", fmt.Sprintf("h%d", host), "qdisc", "replace", "dev", "eth0", "root", "netem", "delay", fmt.Sprintf("%dms", by.Milliseconds())}
	if out, err := exec.Command("tc", args...).CombinedOutput(); err != nil {
		s.t.Errorf("delay of h%d: %v: %s", host, err, out)
	}
}
