package enrp

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// manyAddrs returns n addresses, which are different for each registrar.
func manyAddrs(id wire.ServerID, n int) []netip.Addr {
	addrs := make([]netip.Addr, n)
	for i := range addrs {
		addrs[i] = netip.AddrFrom16([16]byte{0xfd, 14: byte(i >> 8), 15: byte(i), 3: byte(id)})
	}
	return addrs
}

// introduce adds a peer that announces n addresses.
func introduce(b *bed, assoc step.AssocID, id wire.ServerID, n int) []step.Action {
	addrs := manyAddrs(id, n)
	b.feed(step.Up{Assoc: assoc, Peer: []netip.AddrPort{netip.AddrPortFrom(addrs[0], 9901)}})
	return b.feed(Received{Assoc: assoc, Message: &enrpmsg.Presence{
		IDs:    enrpmsg.IDs{Sender: id},
		Server: &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: addrs}},
	}})
}

// A list of the maximum number of peers fits into a message, however many addresses the
// peers announce. A message that is too long would end the association.
func TestLongList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ peers, addrs int }{{2, 3000}, {maxPeers - 1, 3000}} {
		b := startBed(t, Config{})
		for i := range tc.peers {
			introduce(b, step.AssocID(i+1), wire.ServerID(0x100+i), tc.addrs)
		}
		introduce(b, 1000, 0x1000, 1)
		actions := b.feed(Received{Assoc: 1000, Message: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 0x1000}}})
		if len(actions) != 1 {
			t.Fatalf("%+v: %d answers", tc, len(actions))
		}
		octets, err := actions[0].(step.Send).Message.AppendBinary(nil)
		if err != nil {
			t.Fatalf("%+v: %v", tc, err)
		}
		answer, err := enrpmsg.Parse(octets)
		if list, ok := answer.(*enrpmsg.ListResponse); !ok || len(list.Servers) != tc.peers {
			t.Errorf("%+v: %+v answers a list request: %v", tc, answer, err)
		}
	}
}

// A table without an end is over when it brings nothing new for long: neither the start nor
// an audit may last without limit. RSPLIB sends such tables in some cases.
func TestEndlessTable(t *testing.T) {
	t.Parallel()
	const peer wire.ServerID = 0x100
	for _, tc := range []struct {
		name             string
		isMentor         bool
		elements, others int // in each part, of the peer and of another registrar
	}{
		{name: "audit, elements of others", others: 20},
		{name: "audit, empty parts"},
		{name: "mentor", isMentor: true, elements: 20, others: 20},
		{name: "mentor, empty parts", isMentor: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			part := &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: peer}, MoreToSend: true}
			entry := enrpmsg.PoolEntry{PoolHandle: "p"}
			for i := range tc.elements {
				entry.PoolElements = append(entry.PoolElements, element(wire.PEID(i+1), peer, time.Minute))
			}
			for i := range tc.others {
				entry.PoolElements = append(entry.PoolElements, element(wire.PEID(0x1000+i), 0x200, time.Minute))
			}
			if len(entry.PoolElements) > 0 {
				part.Entries = append(part.Entries, entry)
			}
			b := newBed(t, Config{MentorDiscovery: time.Minute})
			if !tc.isMentor {
				b.pass(time.Minute)
			}
			actions := introduce(b, 1, peer, 1)
			for parts := 0; slices.ContainsFunc(actions, isTableRequest); parts++ {
				if parts > 1000 {
					t.Fatalf("asks for more after %d parts", parts)
				}
				b.now = b.now.Add(time.Millisecond)
				actions = b.feed(Received{Assoc: 1, Message: part})
			}
			if !b.Ready() || b.peers.find(peer).replica.download != nil || b.hs.Owned(peer) != tc.elements {
				t.Errorf("ready: %v, %d elements", b.Ready(), b.hs.Owned(peer))
			}
		})
	}
}

// A registrar that lists, or multicasts for, thousands of invented registrars does not cause
// more dials at a time than the maximum number of peers, and keeps no real peer out.
func TestInventedPeers(t *testing.T) {
	t.Parallel()
	b := startBed(t, Config{HeartbeatCycle: time.Second})
	introduce(b, 1, 0x100, 1)
	dials := make(map[step.DialID]bool)
	feed := func(ev step.Event) {
		for _, a := range b.feed(ev) {
			if d, ok := a.(step.Dial); ok {
				dials[d.Dial] = true
			}
		}
	}
	list := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: 0x100}}
	for i := range 5000 {
		invented := wire.ServerInformation{
			ID:        wire.ServerID(0x10000 + i),
			Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: manyAddrs(wire.ServerID(i), 1)},
		}
		if i < 1000 {
			list.Servers = append(list.Servers, invented)
			continue
		}
		source := netip.AddrPortFrom(invented.Transport.Addrs[0], 9901)
		feed(Heard{Source: source, Message: &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: invented.ID}, Server: &invented}})
	}
	feed(Received{Assoc: 1, Message: list})
	if len(dials) > maxPeers {
		t.Errorf("%d dials at a time", len(dials))
	}
	introduce(b, 2, 0x101, 1)
	if p := b.peers.find(0x101); p == nil || !p.liveness.isActive() {
		t.Error("a real peer is kept out")
	}
	if b.peers.find(0x100) == nil {
		t.Error("a real peer is forgotten")
	}
	for d := range dials {
		b.feed(step.DialFailed{Dial: d})
	}
	clear(dials)
	b.now = b.now.Add(time.Hour)
	feed(step.Tick{})
	if len(dials) == 0 {
		t.Error("no dials any more")
	}
}

// A table with elements that we refuse, for contradictions or for lack of room, is not
// requested with every Presence, because the peer sends its whole table each time.
func TestRefusedElements(t *testing.T) {
	t.Parallel()
	const peer wire.ServerID = 0x100
	b := startBed(t, Config{HeartbeatCycle: 2 * time.Second})
	b.addElement("p", 1, self)
	refused := element(2, peer, time.Minute)
	refused.Policy.Type = wire.Random // The pool has another policy.
	table := func(elements ...wire.PoolElement) *enrpmsg.HandleTableResponse {
		return &enrpmsg.HandleTableResponse{
			IDs:     enrpmsg.IDs{Sender: peer},
			Entries: []enrpmsg.PoolEntry{{PoolHandle: "p", PoolElements: elements}},
		}
	}
	presence := func(sum wire.PEChecksum) *enrpmsg.Presence {
		return &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: peer}, Checksum: sum.Value()}
	}
	// countAudits returns the number of requests for the table in a minute.
	countAudits := func(answer *enrpmsg.HandleTableResponse, sum wire.PEChecksum) (n int) {
		for range 60 {
			b.now = b.now.Add(time.Second)
			if slices.ContainsFunc(b.feed(Received{Assoc: 1, Message: presence(sum)}), isTableRequest) {
				n++
				b.feed(Received{Assoc: 1, Message: answer})
			}
		}
		return n
	}
	introduce(b, 1, peer, 1)
	b.receive(1, table())
	if n := countAudits(table(refused), wire.SumPE("p", 2)); n < 2 || n > 4 {
		t.Errorf("%d audits in a minute", n)
	}
	// An accepted table ends the pause.
	accepted := element(3, peer, time.Minute)
	if n := countAudits(table(accepted), wire.SumPE("p", 3)); n != 1 || b.hs.Find("p", 3) == nil {
		t.Errorf("%d audits in a minute, %d elements", n, b.hs.Owned(peer))
	}
	// The next audit is in time.
	b.now = b.now.Add(time.Second)
	if !slices.ContainsFunc(b.feed(Received{Assoc: 1, Message: presence(0)}), isTableRequest) {
		t.Error("no audit")
	}
}

// A peer whose checksum does not fit its table costs at most one audit a cycle, whatever it
// sends in between, and less if the audits do not help.
func TestAuditRates(t *testing.T) {
	t.Parallel()
	const wrong = 0x1234
	fitting := presenceOf(idPeer).Checksum
	for _, tc := range []struct {
		name      string
		checksum  func(i int) uint16
		answer    *enrpmsg.HandleTableResponse
		most      int // audits in 100 cycles
		mostFails int
	}{
		{name: "never fits", checksum: func(int) uint16 { return wrong }, answer: tableOf(false), most: 14, mostFails: 1},
		{name: "random", checksum: func(i int) uint16 { return uint16(i) }, answer: tableOf(false), most: 14, mostFails: 1},
		{
			name: "fits now and then", checksum: func(i int) uint16 { return []uint16{wrong, fitting}[i%2] },
			answer: tableOf(false), most: 115,
		},
		{
			name: "rejected", checksum: func(int) uint16 { return wrong },
			answer: &enrpmsg.HandleTableResponse{IDs: enrpmsg.IDs{Sender: idPeer}, Reject: true}, most: 115,
		},
		{name: "no end", checksum: func(int) uint16 { return wrong }, answer: tableOf(true), most: 115, mostFails: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := startBed(t, Config{HeartbeatCycle: 10 * time.Second, MaxTimeLastHeard: time.Hour})
			b.addPeer(1, idPeer)
			audits, failed := 0, 0
			count := func(actions []step.Action) (isAudit bool) {
				for _, a := range actions {
					if _, ok := a.(AuditFailed); ok {
						failed++
					}
				}
				return slices.ContainsFunc(actions, isTableRequest)
			}
			for i := range 10_000 {
				b.now = b.now.Add(100 * time.Millisecond)
				msg := presenceOf(idPeer)
				msg.Checksum = tc.checksum(i)
				if count(b.feed(Received{Assoc: 1, Message: msg})) {
					audits++
					b.feed(Received{Assoc: 1, Message: tc.answer})
				}
				b.feed(Received{Assoc: 1, Message: tableOf(true)}) // Not requested.
			}
			if audits < 10 || audits > tc.most || failed > tc.mostFails {
				t.Errorf("%d audits, %d reports", audits, failed)
			}
		})
	}
}
