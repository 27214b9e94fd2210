package machine

import (
	"net/netip"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// An element that leaves its pool after the claim of an unknown registrar is not acknowledged when
// the registrar is followed.
func TestClaimedElementLeaves(t *testing.T) {
	t.Parallel()
	home := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:3863")}
	stranger := []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:3863")}
	c := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{home}}, seeded())
	feed := func(ev step.Event) []step.Action { return c.Step(steptest.Begin, ev) }
	feed(Register{Ref: 1, Pool: "p", Element: wire.PoolElement{ID: 1}})
	feed(Register{Ref: 2, Pool: "p", Element: wire.PoolElement{ID: 2}})
	feed(step.Up{Assoc: 1, Dial: 1, Peer: home})
	feed(step.Up{Assoc: 2, Peer: stranger})
	feed(Received{Assoc: 2, Message: &asapmsg.EndpointKeepAlive{Home: true, ServerID: 9, PoolHandle: "p"}})
	feed(Deregister{Ref: 1})
	var acks []wire.PEID
	for _, a := range feed(step.Down{Assoc: 1}) {
		if s, ok := a.(step.Send); ok && s.Assoc == 2 {
			if ack, ok := s.Message.(*asapmsg.EndpointKeepAliveAck); ok {
				acks = append(acks, ack.PEID)
			}
		}
	}
	if len(acks) != 1 || acks[0] != 2 || c.home.assoc != 2 {
		t.Errorf("acknowledged %v, the home is %d", acks, c.home.assoc)
	}
}
