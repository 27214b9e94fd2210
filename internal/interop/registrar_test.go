package interop

import (
	"fmt"
	"syscall"
	"testing"
)

// quick are options of a registrar that notices soon that a peer is gone.
var quick = []string{
	"-peerheartbeatcycle=1000", "-peermaxtimelastheard=4000", "-peermaxtimenoresponse=2000",
	"-takeoverexpiryinterval=3000", "-endpointkeepalivetransmissioninterval=3000",
}

// single leaves each host one address. A registrar of the reference knows a peer now by all
// its addresses, now by the one of its last announce, and opens an association by that; if
// the one that it has goes by other addresses, the peer takes that for a duplicate, and
// the two never speak. So it is with the two networks, and with IPv6 beside IPv4, as
// the kernel tells no private address to a peer that it reaches by a global one.
func (s *stage) single() {
	s.t.Helper()
	for i := 1; i <= 7; i++ {
		s.link(i, "eth1", "down")
		on(i, "ip", "-6", "addr", "flush", "dev", "eth0", "scope", "global")
		s.last = append(s.last, func() { on(i, "ip", "addr", "add", fmt.Sprintf("fd00:99::%d/64", i), "dev", "eth0", "nodad") })
	}
}

// watch shows packets that match a filter, until the end of the test.
func (s *stage) watch(name, filter string) *process {
	s.t.Helper()
	p := s.run("", name, "tshark", "-l", "-n", "-i", "br0", "-f", "sctp or udp", "-Y", filter)
	p.await(`Capturing on`)
	return p
}

// present starts a registrar and waits until it tells of itself: the reference does when it
// has hunted for a mentor, and two that start at the same time may never get an
// association up.
func (s *stage) present(who side, host int, args ...string) *process {
	s.t.Helper()
	hear := s.watch(fmt.Sprintf("presence%d", host), fmt.Sprintf("udp && enrp.message_type == 1 && ip.src == 10.99.0.%d", host))
	p := s.registrar(who, host, args...)
	hear.await(fmt.Sprintf(`10\.99\.0\.%d`, host))
	hear.signal(syscall.SIGINT)
	return p
}

// TestTwoRegistrars has the second registrar take the table from the first, its mentor; then
// both take each other's updates.
func TestTwoRegistrars(t *testing.T) {
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		s.present(who[0], 1)
		s.element(ours, 3, "element1", append(at(1), "-echo", "-identifier=0x00000001", "-policy=LeastUsed")...)
		s.present(who[1], 2)
		s.awaitTable(2, "the mentor's element", has("00000001"))
		second := s.element(reference, 4, "element2", append(at(2), "-echo", "-poolhandle=Other", "-identifier=0x00000002")...)
		s.awaitTable(1, "the second's element as well", has("00000001", "00000002"))
		s.element(ours, 3, "element3", append(at(1), "-echo", "-poolhandle=Third", "-identifier=0x00000003")...)
		s.awaitTable(2, "the first's new element as well", has("00000001", "00000002", "00000003"))
		second.stop()
		s.awaitTable(1, "without the second's element", has("00000001", "00000003"))
		home := s.table(1)["00000001"].home
		if other := s.table(2)["00000001"].home; other != home || home == "" {
			s.t.Errorf("home is %s for one, %s for the other", home, other)
		}
	})
}

// TestPartition cuts the second registrar off while an element registers at the first
// and one deregisters. They find out by their checksums afterwards.
func TestPartition(t *testing.T) {
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		s.present(who[0], 1)
		s.present(who[1], 2)
		old := s.element(ours, 3, "old", append(at(1), "-echo", "-poolhandle=Old", "-identifier=0x00000001")...)
		s.element(ours, 3, "stays", append(at(1), "-echo", "-poolhandle=Stays", "-identifier=0x00000002")...)
		s.awaitTable(2, "both elements", has("00000001", "00000002"))
		s.link(2, "eth0", "down")
		old.stop()
		s.element(reference, 4, "new", append(at(1), "-echo", "-poolhandle=New", "-identifier=0x00000003")...)
		s.link(2, "eth0", "up")
		on(2, "ip", "route", "replace", "224.0.0.0/4", "dev", "eth0")
		s.awaitTable(2, "the first's table", has("00000002", "00000003"))
	})
}

// TestStaticPeers has no multicast between registrars.
func TestStaticPeers(t *testing.T) {
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		peer := func(host int) []string {
			return []string{"-enrpannounce=off", fmt.Sprintf("-peer=10.99.0.%d:9901", host)}
		}
		s.registrar(who[0], 1, peer(2)...)
		s.element(reference, 4, "element1", append(at(1), "-echo", "-poolhandle=One", "-identifier=0x00000001")...)
		s.registrar(who[1], 2, peer(1)...)
		s.element(ours, 3, "element2", append(at(2), "-echo", "-poolhandle=Two", "-identifier=0x00000002")...)
		for _, host := range []int{1, 2} {
			s.awaitTable(host, "both elements", has("00000001", "00000002"))
		}
	})
}
