package enrp

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// started returns a machine that is ready, and what time it is then.
func started(config Config) (*Machine, time.Time) {
	config.ID = self
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	var m *Machine
	hs := handlespace.New(handlespace.Config{Rand: random, OnChange: func(c handlespace.Change) { m.Changed(c) }})
	m = New(config, hs, random, now)
	m.Step(now, step.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
	now = now.Add(2 * time.Second)
	m.Step(now, step.Tick{})
	return m, now
}

// addrsOf returns n addresses, which are different for each registrar.
func addrsOf(id wire.ServerID, n int) []netip.Addr {
	addrs := make([]netip.Addr, n)
	for i := range addrs {
		addrs[i] = netip.AddrFrom16([16]byte{0xfd, 14: byte(i >> 8), 15: byte(i), 3: byte(id)})
	}
	return addrs
}

// introduce makes a peer of one that says that it has n addresses.
func introduce(m *Machine, now time.Time, assoc step.AssocID, id wire.ServerID, n int) []step.Action {
	addrs := addrsOf(id, n)
	m.Step(now, step.Up{Assoc: assoc, Peer: []netip.AddrPort{netip.AddrPortFrom(addrs[0], 9901)}})
	return m.Step(now, Received{Assoc: assoc, Message: &enrpmsg.Presence{
		IDs:    enrpmsg.IDs{Sender: id},
		Server: &wire.ServerInformation{ID: id, Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: addrs}},
	}})
}

// A list of peers can be sent, and has them all, whatever they say where they are: an
// answer that is too long would end the association with whoever asks.
func TestLongList(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ peers, addrs int }{{2, 3000}, {maxPeers - 1, 3000}} {
		m, now := started(Config{})
		for i := range tc.peers {
			introduce(m, now, step.AssocID(i+1), wire.ServerID(0x100+i), tc.addrs)
		}
		introduce(m, now, 1000, 0x1000, 1)
		for _, a := range m.Step(now, Received{Assoc: 1000, Message: &enrpmsg.ListRequest{IDs: enrpmsg.IDs{Sender: 0x1000}}}) {
			b, err := a.(step.Send).Message.AppendBinary(nil)
			if err != nil {
				t.Fatalf("%+v: %v", tc, err)
			}
			m, err := enrpmsg.Parse(b)
			if list, ok := m.(*enrpmsg.ListResponse); !ok || len(list.Servers) != tc.peers {
				t.Errorf("%+v: %+v answers a list request: %v", tc, m, err)
			}
		}
	}
}

// What anybody can ask for as often as they like tells how long it is, so that it can be
// bounded what waits for one who does not read.
func TestAnswersTellTheirLength(t *testing.T) {
	t.Parallel()
	m, now := started(Config{})
	introduce(m, now, 1, 0x100, 3000)
	introduce(m, now, 2, 0x200, 1)
	ids := enrpmsg.IDs{Sender: 0x200}
	large := make([]byte, 60_000)
	for _, ev := range []step.Event{
		Received{Assoc: 2, Message: &enrpmsg.ListRequest{IDs: ids}},
		Received{Assoc: 2, Message: &enrpmsg.HandleTableRequest{IDs: ids}},
		Received{Assoc: 2, Message: &enrpmsg.InitTakeoverAck{IDs: ids, Unknown: []wire.RawParam{{Type: 0xcabc, Value: large}}}},
		step.Malformed{Assoc: 2, Data: []byte{byte(enrpmsg.TypePresence)}, Err: &wire.SyntaxError{TLV: large, Err: wire.ErrBadValue}},
	} {
		answers := 0
		for _, a := range m.Step(now, ev) {
			answers++
			message := a.(step.Send).Message
			b, err := message.AppendBinary(nil)
			if l, ok := message.(interface{ Len() int }); err != nil || !ok || l.Len() != len(b) {
				t.Errorf("%T: %T of %d octets does not say so: %v", ev, message, len(b), err)
			}
		}
		if answers != 1 {
			t.Errorf("%T: %d answers", ev, answers)
		}
	}
}

// A table that goes round and round, as that of the deployed implementation may, or that
// has no end, is over when it has brought nothing for long: the start must not take for
// ever, nor an audit.
func TestEndlessTable(t *testing.T) {
	t.Parallel()
	const peer wire.ServerID = 0x100
	for _, tc := range []struct {
		name             string
		mentor           bool
		elements, others int // in each part, of the peer's own and of another's
	}{
		{name: "audit, elements of others", others: 20},
		{name: "audit, empty parts"},
		{name: "mentor", mentor: true, elements: 20, others: 20},
		{name: "mentor, empty parts", mentor: true},
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
			m, now := started(Config{})
			m.own.isStarting, m.startup.end = tc.mentor, now.Add(time.Hour)
			actions := introduce(m, now, 1, peer, 1)
			for parts := 0; slices.ContainsFunc(actions, isTableRequest); parts++ {
				if parts > 1000 {
					t.Fatalf("asks for more after %d parts", parts)
				}
				now = now.Add(time.Millisecond)
				actions = m.Step(now, Received{Assoc: 1, Message: part})
			}
			if !m.Ready() || m.peers.find(peer).replica.download != nil || m.own.hs.Owned(peer) != tc.elements {
				t.Errorf("ready: %v, %d elements", m.Ready(), m.own.hs.Owned(peer))
			}
		})
	}
}

func isTableRequest(a step.Action) bool {
	s, ok := a.(step.Send)
	if !ok {
		return false
	}
	_, ok = s.Message.(*enrpmsg.HandleTableRequest)
	return ok
}

// Whoever tells of registrars that do not exist has no more of them dialled at a time
// than there may be peers, and keeps nobody out.
func TestInventedPeers(t *testing.T) {
	t.Parallel()
	m, now := started(Config{})
	introduce(m, now, 1, 0x100, 1)
	dials := make(map[step.DialID]bool)
	feed := func(ev step.Event) {
		for _, a := range m.Step(now, ev) {
			if d, ok := a.(step.Dial); ok {
				dials[d.Dial] = true
			}
		}
	}
	list := &enrpmsg.ListResponse{IDs: enrpmsg.IDs{Sender: 0x100}}
	for i := range 5000 {
		invented := wire.ServerInformation{
			ID:        wire.ServerID(0x10000 + i),
			Transport: wire.Transport{Protocol: wire.SCTP, Port: 9901, Addrs: addrsOf(wire.ServerID(i), 1)},
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
	introduce(m, now, 2, 0x101, 1)
	if p := m.peers.find(0x101); p == nil || !p.liveness.isActive() {
		t.Error("a registrar that lives is kept out")
	}
	if m.peers.find(0x100) == nil {
		t.Error("a peer that lives is forgotten")
	}
	for d := range dials {
		m.Step(now, step.DialFailed{Dial: d})
	}
	clear(dials)
	now = now.Add(time.Hour)
	feed(step.Tick{})
	if len(dials) == 0 {
		t.Error("nobody is dialled any more")
	}
}

// Elements of a peer that contradict ours, or for which there is no room, are not asked for
// with every Presence: the peer sends its whole table each time.
func TestRefusedElements(t *testing.T) {
	t.Parallel()
	const peer wire.ServerID = 0x100
	m, now := started(Config{HeartbeatCycle: 2 * time.Second})
	ours := element(1, self, time.Minute)
	if _, _, err := m.own.hs.Register(now, "p", &ours, 1); err != nil {
		t.Fatal(err)
	}
	theirs := element(2, peer, time.Minute)
	theirs.Policy.Type = wire.Random // That of the pool is another one.
	table := func(elements ...wire.PoolElement) *enrpmsg.HandleTableResponse {
		return &enrpmsg.HandleTableResponse{
			IDs:     enrpmsg.IDs{Sender: peer},
			Entries: []enrpmsg.PoolEntry{{PoolHandle: "p", PoolElements: elements}},
		}
	}
	presence := func(sum wire.PEChecksum) *enrpmsg.Presence {
		return &enrpmsg.Presence{IDs: enrpmsg.IDs{Sender: peer}, Checksum: sum.Value()}
	}
	// audits returns how often the table is asked for in a minute.
	audits := func(answer *enrpmsg.HandleTableResponse, sum wire.PEChecksum) (n int) {
		for range 60 {
			now = now.Add(time.Second)
			if slices.ContainsFunc(m.Step(now, Received{Assoc: 1, Message: presence(sum)}), isTableRequest) {
				n++
				m.Step(now, Received{Assoc: 1, Message: answer})
			}
		}
		return n
	}
	introduce(m, now, 1, peer, 1)
	m.Step(now, Received{Assoc: 1, Message: table()})
	if n := audits(table(theirs), wire.SumPE("p", 2)); n < 2 || n > 4 {
		t.Errorf("%d audits in a minute", n)
	}
	// What is accepted ends that.
	third := element(3, peer, time.Minute)
	if n := audits(table(third), wire.SumPE("p", 3)); n != 1 || m.own.hs.Find("p", 3) == nil {
		t.Errorf("%d audits in a minute, %d elements", n, m.own.hs.Owned(peer))
	}
	// And then the next is not late.
	now = now.Add(time.Second)
	if !slices.ContainsFunc(m.Step(now, Received{Assoc: 1, Message: presence(0)}), isTableRequest) {
		t.Error("no audit")
	}
}
