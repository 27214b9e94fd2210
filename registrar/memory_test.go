package registrar_test

import (
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/registrar"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// A peer that asks for the table over and over again and does not read the answers loses
// its association before they fill the memory.
func TestTablesNobodyReads(t *testing.T) {
	server := start(t, func(c *registrar.Config) {
		c.Peers.MaxTimeLastHeard = time.Minute
		c.Peers.TableTimeout, c.Peers.MentorDiscovery = 10*time.Millisecond, 10*time.Millisecond
	})
	const peer, requests = 0x77, 15_000
	l := asENRP(t, server)
	l.introduce(peer, server)
	for i := range wire.PEID(100) {
		m := l.update(peer, server, enrpmsg.AddPE, "p", i+1, peer)
		m.PoolElement.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 30_000)}}
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
	await(t, time.Minute, "the server has answered all, or had enough", func() bool {
		return l.assoc.Err() != nil || stats(t, server).ENRP.TableRequests >= requests
	})
	// What the peer itself holds is in the same memory.
	if after := heap(); after > before+3*maxGrowth {
		t.Errorf("%d MiB of memory in use, %d before", after>>20, before>>20)
	}
}
