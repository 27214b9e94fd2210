package registrar_test

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A peer that asks for the table over and over again and does not read the answers does not fill the
// memory with them.
func TestTablesNobodyReads(t *testing.T) {
	server := start(t, func(c *registrar.Config) {
		c.Peers.MaxTimeLastHeard = time.Minute
		c.Peers.TableTimeout, c.Peers.MentorDiscovery = 10*time.Millisecond, 10*time.Millisecond
	})
	const peer, requests = 0x77, 15_000
	l := asENRP(t, server)
	l.introduce(peer, server)
	for i := range wire.PEID(800) {
		m := l.update(peer, server, enrpmsg.AddPE, "p", i+1, peer)
		m.PoolElement.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 3900)}}
		l.tellPeer(m)
	}
	l.awaitAnswer(peer, server)
	request := encode(t, &enrpmsg.HandleTableRequest{IDs: ids(peer, server)})
	await(t, time.Minute, "the server gives its table", func() bool {
		l.tellPeer(&enrpmsg.HandleTableRequest{IDs: ids(peer, server)})
		return !nextOfPeer[*enrpmsg.HandleTableResponse](l).Reject
	})
	before := heap()
	for range requests {
		if l.send(request) != nil {
			break
		}
	}
	last := encode(t, l.update(peer, server, enrpmsg.AddPE, "last", 1, peer))
	_ = l.send(last)
	await(t, time.Minute, "the server has read all, or had enough", func() bool {
		return l.assoc.Err() != nil || stats(t, server).Pools == 2
	})
	// What the peer itself holds is in the same memory.
	if after := heap(); after > before+3*maxGrowth {
		t.Errorf("%d MiB of memory in use, %d before", after>>20, before>>20)
	}
}

// Elements with 60,000 octets of unknown parameters are refused, over ASAP and ENRP, and so are
// elements beyond the octets of the handlespace.
func TestOctetsOfElements(t *testing.T) {
	server := start(t, func(c *registrar.Config) { c.MaxOctets = 10_000 })
	unknown := func(size int) []wire.RawParam { return []wire.RawParam{{Type: 0x8abc, Value: make([]byte, size)}} }
	l := asASAP(t, server)
	register := func(id wire.PEID, size int) []wire.ErrorCause {
		m := l.registration("p", id)
		m.PoolElement.Unknown = unknown(size)
		return ask[*asapmsg.RegistrationResponse](l, m).Causes
	}
	if causes := register(1, 60_000); len(causes) != 1 || causes[0].Code != wire.CauseInvalidValues {
		t.Errorf("a long element: %v", causes)
	}
	for id := range wire.PEID(2) {
		if causes := register(id+1, 3900); len(causes) > 0 {
			t.Errorf("element %v: %v", id+1, causes)
		}
	}
	if causes := register(3, 3900); len(causes) != 1 || causes[0].Code != wire.CauseLackOfResources {
		t.Errorf("an element without room: %v", causes)
	}
	const peer = 0x77
	p := asENRP(t, server)
	p.introduce(peer, server)
	for i, size := range []int{60_000, 3900, 100} {
		m := p.update(peer, server, enrpmsg.AddPE, "p", wire.PEID(i+11), peer)
		m.PoolElement.Unknown = unknown(size)
		p.tellPeer(m)
	}
	p.awaitAnswer(peer, server)
	held := make(map[wire.PEID]bool)
	for _, pe := range l.resolve("p").PoolElements {
		held[pe.ID] = true
	}
	if len(held) != 3 || !held[1] || !held[2] || !held[13] {
		t.Errorf("the registrar holds %v", held)
	}
}
