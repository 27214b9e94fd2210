package core

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/enrp"
	"github.com/rserpool-go/rserpool/registrar/internal/asapside"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

// Accepted elements fit all messages that name them, up to the largest accepted element.
func TestLargestElement(t *testing.T) {
	t.Parallel()
	t.Run("parameter", func(t *testing.T) {
		t.Parallel()
		testLargestElement(t, 3900, func(size int) wire.PoolElement { return largeElement(1, size) })
	})
	t.Run("policy", func(t *testing.T) {
		t.Parallel()
		testLargestElement(t, 3900, func(size int) wire.PoolElement {
			pe := largeElement(1, 0)
			pe.Policy.Extra = string(make([]byte, size))
			return pe
		})
	})
}

// testLargestElement tries elements from a size on, until ten are refused.
func testLargestElement(t *testing.T, size int, element func(size int) wire.PoolElement) {
	now := time.Unix(1e9, 0)
	at := netip.MustParseAddrPort("10.0.0.2:2000")
	accepted, refused := 0, 0
	for ; refused < 10; size += 4 {
		c := New(Config{
			Elements: asapside.Config{ID: 0xabc},
			Peers:    enrp.Config{ID: 0xabc, SuggestTakeovers: true},
			Random:   rand.New(rand.NewPCG(1, 2)),
		}, now)
		ids := newPeerOf(t, c, now)
		c.Step(now, ASAP, step.Up{Assoc: 7, Peer: []netip.AddrPort{at}})
		const pool = "a pool handle of the most octets"
		registration := &asapmsg.Registration{PoolHandle: pool, PoolElement: element(size)}
		if _, err := registration.AppendBinary(nil); err != nil {
			t.Fatal(err)
		}
		answers, _ := encodeSent(t, c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, Message: registration}))
		if r, ok := answers[0].(*asapmsg.RegistrationResponse); !ok || r.Reject {
			refused++
			continue
		}
		accepted++
		_, tables := encodeSent(t, c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.HandleTableRequest{IDs: ids}}))
		if r, ok := tables[0].(*enrpmsg.HandleTableResponse); !ok || len(r.Entries) != 1 {
			t.Errorf("an element of %d octets is not in the table", size)
		}
		answers, _ = encodeSent(t, c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, Message: &asapmsg.HandleResolution{PoolHandle: pool}}))
		if r, ok := answers[0].(*asapmsg.HandleResolutionResponse); !ok || len(r.PoolElements) != 1 {
			t.Errorf("an element of %d octets is accepted, but not offered", size)
		}
	}
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused", accepted, refused)
	}
}

// Large elements do not fit a part of a table together.
func TestTableOfLargeElements(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	c := New(Config{Elements: asapside.Config{ID: 0xabc}, Peers: enrp.Config{ID: 0xabc}, Random: rand.New(rand.NewPCG(1, 2))}, now)
	peer := newPeerOf(t, c, now)
	const elements = 40
	for i := range elements {
		size := [...]int{3000, 3950, 100}[i%3]
		pe := largeElement(wire.PEID(i+1), size)
		pe.HomeID, pe.ASAPTransport = peer.Sender, &wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: pe.UserTransport.Addrs}
		c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.HandleUpdate{IDs: peer, Action: enrpmsg.AddPE, PoolHandle: "p", PoolElement: pe}})
	}
	listed := 0
	for more := true; more; {
		_, answers := encodeSent(t, c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.HandleTableRequest{IDs: peer}}))
		part, ok := answers[0].(*enrpmsg.HandleTableResponse)
		if !ok || len(part.Entries) != 1 {
			t.Fatalf("%+v answers", answers[0])
		}
		listed += len(part.Entries[0].PoolElements)
		more = part.MoreToSend
	}
	if listed != elements {
		t.Errorf("%d of %d elements are in the table", listed, elements)
	}
}

// newPeerOf introduces a peer over association 1, and returns the identifiers of its
// messages. The start is over.
func newPeerOf(t *testing.T, c *Core, now time.Time) enrpmsg.IDs {
	t.Helper()
	at := netip.MustParseAddrPort("10.0.0.2:2000")
	c.Step(now, ENRP, step.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
	c.Tick(now.Add(2 * time.Second))
	c.Step(now, ENRP, step.Up{Assoc: 1, Peer: []netip.AddrPort{at}})
	ids := enrpmsg.IDs{Sender: 0xdef, Receiver: 0xabc}
	c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.Presence{IDs: ids, Server: &wire.ServerInformation{
		ID: ids.Sender, Transport: wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{at.Addr()}},
	}}})
	return ids
}

// largeElement returns an element with an unknown parameter of a size.
func largeElement(id wire.PEID, size int) wire.PoolElement {
	return wire.PoolElement{
		ID:               id,
		RegistrationLife: time.Minute,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 80, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.2")}},
		Policy:           wire.Policy{Type: wire.RoundRobin},
		Unknown:          []wire.RawParam{{Type: 0x8abc, Value: make([]byte, size)}},
	}
}
