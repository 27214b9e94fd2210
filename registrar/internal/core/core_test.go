package core

import (
	"math"
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

// encodeSent encodes all messages of some actions, as the owner does.
func encodeSent(t *testing.T, actions []Action) (asap []asapmsg.Message, peers []enrpmsg.Message) {
	t.Helper()
	for _, a := range actions {
		var message step.Message
		send, isSend := a.Action.(step.Send)
		if isSend {
			message = send.Message
		} else if multicast, ok := a.Action.(step.Multicast); ok {
			message = multicast.Message
		} else {
			continue
		}
		switch {
		case a.Side == ENRP && isSend:
			peers = append(peers, decode(t, message, enrpmsg.Parse))
		case a.Side == ENRP:
			decode(t, message, enrpmsg.Parse)
		case isSend:
			asap = append(asap, decode(t, message, asapmsg.Parse))
		default:
			decode(t, message, asapmsg.Parse)
		}
	}
	return asap, peers
}

func decode[M any](t *testing.T, m interface{ AppendBinary([]byte) ([]byte, error) }, parse func([]byte) (M, error)) M {
	t.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatalf("%#v cannot be encoded: %v", m, err)
	}
	parsed, err := parse(b)
	if err != nil {
		t.Fatalf("%x cannot be decoded: %v", b, err)
	}
	return parsed
}

// RSPLIB's registrar aborts at an element that serves by TCP or UDP and names two addresses of
// its association. A registered element must fit into the messages to users and peers.
func TestElementWithTwoAddresses(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	for _, protocol := range []wire.Protocol{wire.TCP, wire.UDP, wire.UDPLite, wire.SCTP} {
		c := New(Config{
			Elements: asapside.Config{ID: 0xabc},
			Peers:    enrp.Config{ID: 0xabc},
			Random:   rand.New(rand.NewPCG(1, 2)),
		}, now)
		at := func(addrs ...string) (all []netip.AddrPort) {
			for _, a := range addrs {
				all = append(all, netip.AddrPortFrom(netip.MustParseAddr(a), 2000))
			}
			return all
		}
		encodeSent(t, c.Step(now, ENRP, step.LocalAddrs{Addrs: at("10.0.0.1")}))
		encodeSent(t, c.Step(now, ENRP, step.Up{Assoc: 1, Peer: at("10.0.0.2")}))
		introduction := &enrpmsg.Presence{
			IDs:    enrpmsg.IDs{Sender: 0xdef, Receiver: 0xabc},
			Server: &wire.ServerInformation{ID: 0xdef, Transport: wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.2")}}},
		}
		encodeSent(t, c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: introduction}))
		both := at("10.0.0.7", "2001:db8::7")
		encodeSent(t, c.Step(now, ASAP, step.Up{Assoc: 7, Peer: both}))
		registration := &asapmsg.Registration{PoolHandle: "p", PoolElement: wire.PoolElement{
			ID:               1,
			RegistrationLife: time.Minute,
			UserTransport:    wire.Transport{Protocol: protocol, Port: 80, Addrs: []netip.Addr{both[0].Addr(), both[1].Addr()}},
			Policy:           wire.Policy{Type: wire.RoundRobin},
		}}
		answers, updates := encodeSent(t, c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, Message: registration}))
		if len(answers) != 1 {
			t.Fatalf("%v: %d answers", protocol, len(answers))
		}
		response, ok := answers[0].(*asapmsg.RegistrationResponse)
		if !ok {
			t.Fatalf("%v: %v answers a registration", protocol, answers[0].Type())
		}
		if !response.Reject && len(updates) != 1 {
			t.Errorf("%v: %d updates", protocol, len(updates))
		}
		answers, _ = encodeSent(t, c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, Message: &asapmsg.HandleResolution{PoolHandle: "p"}}))
		resolution, ok := answers[0].(*asapmsg.HandleResolutionResponse)
		if !ok || len(resolution.PoolElements) == 0 && !response.Reject {
			t.Errorf("%v: accepted, but not offered: %+v", protocol, answers[0])
		}
		if protocol == wire.SCTP && (response.Reject || len(resolution.PoolElements[0].UserTransport.Addrs) != 2) {
			t.Errorf("SCTP with two addresses: %+v, %+v", response, resolution)
		}
		t.Logf("%v: refused %v, %v", protocol, response.Reject, response.Causes)
	}
}

// findDistance returns the distance in the policy of an element of pool p, in milliseconds.
func findDistance(t *testing.T, c *Core, id wire.PEID) uint32 {
	t.Helper()
	e := c.Handlespace().Find("p", id)
	if e == nil {
		t.Fatalf("no element %v", id)
	}
	for p := range wire.Params(e.EncodedPolicy()) {
		policy, err := wire.ParsePolicy(p)
		if err != nil {
			t.Fatal(err)
		}
		return policy.Distance
	}
	t.Fatalf("no policy of %v", id)
	return 0
}

// The distance of an element is half of the round-trip time to it. The distance of a peer's
// element is the distance that the peer tells, plus the distance to the peer. Both are rounded, so
// they do not change all the time.
func TestDistance(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	c := New(Config{
		Elements: asapside.Config{ID: 0xabc, DistanceStep: 20 * time.Millisecond},
		Peers:    enrp.Config{ID: 0xabc, DistanceStep: 20 * time.Millisecond},
		Random:   rand.New(rand.NewPCG(1, 2)),
	}, now)
	at := netip.MustParseAddrPort("10.0.0.2:2000")
	pe := wire.PoolElement{
		ID:               1,
		RegistrationLife: time.Minute,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Port: 80, Addrs: []netip.Addr{at.Addr()}},
		Policy:           wire.Policy{Type: wire.LeastUsedDPF, LoadDPF: 1, Distance: 12345},
	}
	c.Step(now, ENRP, step.LocalAddrs{Addrs: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:9901")}})
	c.Step(now, ASAP, step.Up{Assoc: 7, Peer: []netip.AddrPort{at}})
	c.Step(now, ASAP, step.Received[asapmsg.Message]{Assoc: 7, RTT: 130 * time.Millisecond, Message: &asapmsg.Registration{PoolHandle: "p", PoolElement: pe}})
	if d := findDistance(t, c, 1); d != 60 {
		t.Errorf("the element is at %d ms, want 60", d)
	}

	c.Step(now, ENRP, step.Up{Assoc: 1, Peer: []netip.AddrPort{at}})
	ids := enrpmsg.IDs{Sender: 0xdef, Receiver: 0xabc}
	transport := wire.Transport{Protocol: wire.SCTP, Port: 2000, Addrs: []netip.Addr{at.Addr()}}
	c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, Message: &enrpmsg.Presence{IDs: ids, Server: &wire.ServerInformation{ID: 0xdef, Transport: transport}}})
	for id, tc := range map[wire.PEID]struct {
		theirs uint32
		rtt    time.Duration
		want   uint32
	}{
		2: {theirs: 60, rtt: 0, want: 60},
		3: {theirs: 60, rtt: 19 * time.Millisecond, want: 60},
		4: {theirs: 60, rtt: 21 * time.Millisecond, want: 80},
		5: {theirs: 60, rtt: 59 * time.Millisecond, want: 80},
		6: {theirs: math.MaxUint32 - 5, rtt: time.Second, want: math.MaxUint32},
	} {
		pe := pe
		pe.ID, pe.HomeID, pe.ASAPTransport = id, 0xdef, &transport
		pe.Policy.Distance = tc.theirs
		m := &enrpmsg.HandleUpdate{IDs: ids, Action: enrpmsg.AddPE, PoolHandle: "p", PoolElement: pe}
		c.Step(now, ENRP, step.Received[enrpmsg.Message]{Assoc: 1, RTT: tc.rtt, Message: m})
		if d := findDistance(t, c, id); d != tc.want {
			t.Errorf("element %v is at %d ms, want %d", id, d, tc.want)
		}
		if m.PoolElement.Policy.Distance != tc.theirs {
			t.Errorf("the message has been changed")
		}
	}
}
