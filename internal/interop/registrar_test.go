package interop

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
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
	p.await(capturing)
	return p
}

// present starts a registrar and waits until it tells of itself: the reference does when it
// has hunted for a mentor, and two that start at the same time may never get an
// association up.
func (s *stage) present(who side, host int, args ...string) *process {
	s.t.Helper()
	packets := s.sniff()
	p := s.registrar(who, host, args...)
	packets.awaitPackets("a presence of "+p.name, 1, func(p packet) bool {
		return p.from == strconv.Itoa(host) && p.to == toGroup && p.has("enrp.message_type", presence)
	})
	return p
}

// TestTwoRegistrars has the second registrar take the table from the first, its mentor; then
// both take each other's updates, about elements of both sides. They record alike what
// they do.
func TestTwoRegistrars(t *testing.T) {
	mixes(t, []string{"first", "second", "elements=both"}, func(s *stage, who []side) {
		s.single()
		first := s.present(who[0], 1, append(s.recording(1), "-identifier=0x00000001")...)
		s.element(ours, 3, "element1", append(at(1), "-echo", "-identifier=0x11111111", "-policy=LeastUsed")...)
		s.element(reference, 4, "element2", append(at(1), "-echo", "-identifier=0x22222222", "-policy=LeastUsed")...)
		second := s.present(who[1], 2, append(s.recording(2), "-identifier=0x00000002")...)
		s.awaitTable(2, "the mentor's elements", has("11111111", "22222222"))
		third := s.element(ours, 3, "element3", append(at(2), "-echo", "-poolhandle=Other", "-identifier=0x33333333")...)
		fourth := s.element(reference, 4, "element4", append(at(2), "-echo", "-poolhandle=Other", "-identifier=0x44444444")...)
		s.awaitTable(1, "the second's elements as well", has("11111111", "22222222", "33333333", "44444444"))
		fifth := s.element(ours, 3, "element5", append(at(1), "-echo", "-poolhandle=Third", "-identifier=0x55555555")...)
		sixth := s.element(reference, 4, "element6", append(at(1), "-echo", "-poolhandle=Third", "-identifier=0x66666666")...)
		s.awaitTable(2, "the first's new elements as well", has("11111111", "22222222", "33333333", "44444444", "55555555", "66666666"))
		third.stop()
		fourth.stop()
		for _, host := range []int{1, 2} {
			table := s.awaitTable(host, "without the second's elements", has("11111111", "22222222", "55555555", "66666666"))
			for id, e := range table {
				if e.home != "00000001" {
					s.t.Errorf("registrar of h%d: element %s has the home %s", host, id, e.home)
				}
			}
		}
		for _, p := range []*process{fifth, sixth, second, first} {
			p.stop()
		}
		s.checkRecords(1, 2)
	})
}

// TestMentorJoin has the second registrar take from the first, its mentor, a table that is too
// large for one message.
func TestMentorJoin(t *testing.T) {
	const n = 150
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		packets := s.sniff()
		s.present(who[0], 1, "-identifier=0x00000001")
		s.start(ours, 3, "elements", "rspbench", "-registrar=10.99.0.1:3863", "-transport=kernel", "-rate=1", "-duration=600s", fmt.Sprint("-elements=", n))
		whole := func(m map[string]entry) bool {
			for _, e := range m {
				if e.home != "00000001" {
					return false
				}
			}
			return len(m) == n
		}
		s.awaitTable(1, "all elements", whole)
		s.present(who[1], 2, "-identifier=0x00000002")
		s.awaitTable(2, "all elements", whole)
		part := func(more bool) func(packet) bool {
			return func(p packet) bool {
				return p.from == "1" && p.to == "2" && p.has("enrp.message_type", handleTableResponse) && p.set("enrp.m_bit") == more
			}
		}
		packets.awaitPackets("a part of the table that is not the last", 1, part(true))
		packets.awaitPackets("the last part of the table", 1, part(false))
	})
}

// TestPartition cuts the second registrar off. When the first has given it up, an element of
// each side registers there and one deregisters, which the second is not told. When the
// cut ends, it must find out by the first's checksum, and ask for the first's elements.
func TestPartition(t *testing.T) {
	mixes(t, []string{"first", "second"}, func(s *stage, who []side) {
		s.single()
		packets := s.sniff()
		s.present(who[0], 1, "-identifier=0x00000001", "-peerheartbeatcycle=1000", "-peermaxtimelastheard=2000", "-peermaxtimenoresponse=1000")
		// It must not think that the first is dead: it would take over.
		s.present(who[1], 2, "-identifier=0x00000002", "-peerheartbeatcycle=1000", "-peermaxtimelastheard=60000", "-peermaxtimenoresponse=60000")
		old := s.element(ours, 3, "old", append(at(1), "-echo", "-poolhandle=Old", "-identifier=0x11111111")...)
		s.element(reference, 4, "stays", append(at(1), "-echo", "-poolhandle=Stays", "-identifier=0x22222222")...)
		s.awaitTable(2, "both elements", has("11111111", "22222222"))
		s.link(2, "eth0", "down")
		s.awaitGone(1, "00000002")
		old.stop()
		s.element(ours, 3, "new1", append(at(1), "-echo", "-poolhandle=New", "-identifier=0x33333333")...)
		s.element(reference, 4, "new2", append(at(1), "-echo", "-poolhandle=New", "-identifier=0x44444444")...)
		s.awaitTable(1, "the new elements", has("22222222", "33333333", "44444444"))
		healed := float64(time.Now().UnixMicro()) / 1e6
		s.link(2, "eth0", "up")
		on(2, "ip", "route", "replace", "224.0.0.0/4", "dev", "eth0")
		s.awaitTable(2, "the first's table", has("22222222", "33333333", "44444444"))
		packets.awaitPackets("a request for the first's own elements", 1, func(p packet) bool {
			return p.at > healed && p.from == "2" && p.to == "1" && p.has("enrp.message_type", handleTableRequest) && p.set("enrp.w_bit")
		})
		if told := packets.matching(func(p packet) bool {
			return p.at < healed && p.from == "1" && p.to == "2" && p.has("enrp.pool_element_pe_identifier", "0x33333333")
		}); len(told) > 0 {
			s.t.Errorf("the second was told of the new element during the cut: %v", told)
		}
	})
}

// awaitGone waits until the registrar of a host has given up one that it heard of 2 s ago and
// asked 1 s ago: ours does not name it from the moment when it asks.
func (s *stage) awaitGone(host int, id string) {
	s.t.Helper()
	unnamed := 0
	if !poll(time.Second, patience, func() bool {
		peers := on(7, "hsdump", fmt.Sprintf("10.99.0.%d:9901", host))
		if !strings.Contains(peers, "PeerList of") || strings.Contains(peers, "$"+id+" upd=") {
			unnamed = 0
			return false
		}
		unnamed++
		return unnamed == 3
	}) {
		s.t.Fatalf("the registrar of h%d does not give up %s", host, id)
	}
}

// TestStaticPeers has no multicast between registrars. Each has elements of both sides.
func TestStaticPeers(t *testing.T) {
	mixes(t, []string{"first", "second", "elements=both"}, func(s *stage, who []side) {
		s.single()
		peer := func(host int) []string {
			return []string{"-enrpannounce=off", fmt.Sprintf("-peer=10.99.0.%d:9901", host)}
		}
		s.registrar(who[0], 1, peer(2)...)
		s.element(ours, 3, "element1", append(at(1), "-echo", "-poolhandle=One", "-identifier=0x11111111")...)
		s.element(reference, 4, "element2", append(at(1), "-echo", "-poolhandle=One", "-identifier=0x22222222")...)
		s.registrar(who[1], 2, peer(1)...)
		s.element(ours, 3, "element3", append(at(2), "-echo", "-poolhandle=Two", "-identifier=0x33333333")...)
		s.element(reference, 4, "element4", append(at(2), "-echo", "-poolhandle=Two", "-identifier=0x44444444")...)
		for _, host := range []int{1, 2} {
			s.awaitTable(host, "all elements", has("11111111", "22222222", "33333333", "44444444"))
		}
	})
}
