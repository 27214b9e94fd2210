package core

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine"
	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// An element may be as large as a registration can be. What is accepted must fit all
// messages that tell of it, be it the only one in them.
func TestLargestElement(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	at := netip.MustParseAddrPort("10.0.0.2:2000")
	transport := wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{at.Addr()}}
	accepted, refused := 0, 0
	for size := 65300; ; size += 4 {
		c := New(Config{
			Elements: machine.RegistrarConfig{ID: 0xabc},
			Peers:    enrp.Config{ID: 0xabc, SuggestTakeovers: true},
			Random:   rand.New(rand.NewPCG(1, 2)),
		}, now)
		c.StepENRP(now, enrp.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
		c.Tick(now.Add(2 * time.Second)) // The start is over.
		c.StepENRP(now, enrp.AssociationUp{Assoc: 1, Peer: []netip.AddrPort{at}})
		ids := enrpmsg.IDs{Sender: 0xdef, Receiver: 0xabc}
		c.StepENRP(now, enrp.Received{Assoc: 1, Message: &enrpmsg.Presence{IDs: ids, Server: &wire.ServerInformation{ID: 0xdef, Transport: transport}}})
		c.StepASAP(now, machine.AssociationUp{Assoc: 7, Peer: []netip.AddrPort{at}})
		pe := wire.PoolElement{
			ID:               1,
			RegistrationLife: time.Minute,
			UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 80, Addrs: transport.Addrs},
			Policy:           wire.Policy{Type: wire.RoundRobin},
			Unknown:          []wire.RawParam{{Type: 0x8abc, Value: make([]byte, size)}},
		}
		const pool = "a pool handle of the most octets"
		registration := &asapmsg.Registration{PoolHandle: pool, PoolElement: pe}
		if _, err := registration.AppendBinary(nil); err != nil {
			break
		}
		answers, _ := sent(t, c.StepASAP(now, machine.Received{Assoc: 7, Message: registration}))
		if r, ok := answers[0].(*asapmsg.RegistrationResponse); !ok || r.Reject {
			refused++
			continue
		}
		accepted++
		_, tables := sent(t, c.StepENRP(now, enrp.Received{Assoc: 1, Message: &enrpmsg.HandleTableRequest{IDs: ids}}))
		if r, ok := tables[0].(*enrpmsg.HandleTableResponse); !ok || len(r.Entries) != 1 {
			t.Errorf("an element of %d octets is not in the table", size)
		}
		answers, _ = sent(t, c.StepASAP(now, machine.Received{Assoc: 7, Message: &asapmsg.HandleResolution{PoolHandle: pool}}))
		if r, ok := answers[0].(*asapmsg.HandleResolutionResponse); !ok || len(r.PoolElements) != 1 {
			t.Errorf("an element of %d octets is accepted, but not offered", size)
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}
