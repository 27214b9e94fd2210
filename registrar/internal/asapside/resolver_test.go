package asapside

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// responseTo feeds a message over association 1 and returns the decoded response.
func responseTo[M asapmsg.Message](t *testing.T, r *Registrar, m asapmsg.Message) (response M, size int) {
	t.Helper()
	for _, a := range r.Step(steptest.Begin, received{Assoc: 1, Message: m}) {
		send, ok := a.(step.Send)
		if !ok {
			continue
		}
		b, err := send.Message.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := asapmsg.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if response, ok := parsed.(M); ok {
			return response, len(b)
		}
	}
	t.Fatalf("no response to %v", m.Type())
	return response, 0
}

// largeHost returns as many addresses as an element may have.
func largeHost() []netip.AddrPort {
	var addrs []netip.AddrPort
	for i := range byte(64) {
		ip := netip.MustParseAddr("2001:db8::").As16()
		ip[15] = i + 1
		addrs = append(addrs, netip.AddrPortFrom(netip.AddrFrom16(ip), 5000))
	}
	return addrs
}

// TestLongResponse shows that a response has no more elements than fit its bound, however many
// are asked for.
func TestLongResponse(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	peer := largeHost()
	r.Step(steptest.Begin, step.Up{Assoc: 1, Peer: peer})
	for id := range wire.PEID(maxResolutionItems) {
		m := registration("p", id+1, peer[0])
		m.PoolElement.UserTransport.Addrs = hosts(peer)
		if answer, _ := responseTo[*asapmsg.RegistrationResponse](t, r, m); answer.Reject {
			t.Fatalf("element %d is refused: %v", id+1, answer.Causes)
		}
	}
	request := &asapmsg.HandleResolution{PoolHandle: "p", Items: maxResolutionItems}
	answer, size := responseTo[*asapmsg.HandleResolutionResponse](t, r, request)
	each := size / len(answer.PoolElements)
	if size > maxResponseLen || size < maxResponseLen-2*each || len(answer.PoolElements) >= maxResolutionItems {
		t.Errorf("%d octets with %d elements", size, len(answer.PoolElements))
	}
	// The next response is not cut off.
	request.Items = 5
	if answer, _ := responseTo[*asapmsg.HandleResolutionResponse](t, r, request); len(answer.PoolElements) != 5 {
		t.Errorf("%d elements, want 5", len(answer.PoolElements))
	}
}

// TestUsualResponse shows that elements with two IPv6 addresses per transport come in the number
// that is asked for.
func TestUsualResponse(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	peer := largeHost()[:2]
	r.Step(steptest.Begin, step.Up{Assoc: 1, Peer: peer})
	for id := range wire.PEID(maxResolutionItems + 1) {
		m := registration("p", id+1, peer[0])
		m.PoolElement.UserTransport.Addrs = hosts(peer)
		responseTo[*asapmsg.RegistrationResponse](t, r, m)
	}
	answer, _ := responseTo[*asapmsg.HandleResolutionResponse](t, r, &asapmsg.HandleResolution{PoolHandle: "p", Items: 1000})
	if len(answer.PoolElements) != maxResolutionItems {
		t.Errorf("%d elements", len(answer.PoolElements))
	}
}

// TestLongHandle shows that a request with a handle that is too long to be repeated is
// answered by an error that fits a message.
func TestLongHandle(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	r.Step(steptest.Begin, step.Up{Assoc: 1, Peer: []netip.AddrPort{elementAddr}})
	handle := wire.PoolHandle(strings.Repeat("x", maxEcho+1))
	for _, m := range []asapmsg.Message{
		registration(handle, 1, elementAddr),
		&asapmsg.Deregistration{PoolHandle: handle, PEID: 1},
		&asapmsg.HandleResolution{PoolHandle: handle},
	} {
		answer, size := responseTo[*asapmsg.Error](t, r, m)
		if len(answer.Causes) != 1 || answer.Causes[0].Code != wire.CauseInvalidValues || size > 100 {
			t.Errorf("%v: %d octets, causes %v", m.Type(), size, answer.Causes)
		}
	}
	if r.Counts() != (Counts{}) {
		t.Errorf("counts %+v", r.Counts())
	}
}

// TestLongCause shows that a refusal leaves out information that is too long. Users may have
// that many addresses in a message, though not in the handlespace.
func TestLongCause(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	r.Step(steptest.Begin, step.Up{Assoc: 1, Peer: []netip.AddrPort{elementAddr}})
	handle := wire.PoolHandle(strings.Repeat("x", maxEcho))
	foreign := netip.MustParseAddr("2001:db8::1")
	for _, c := range []struct{ addrs, info int }{{1, 28}, {2000, 0}} {
		m := registration(handle, 1, elementAddr)
		m.PoolElement.UserTransport.Addrs = nil
		for range c.addrs {
			m.PoolElement.UserTransport.Addrs = append(m.PoolElement.UserTransport.Addrs, foreign)
		}
		answer, size := responseTo[*asapmsg.RegistrationResponse](t, r, m)
		if !answer.Reject || len(answer.Causes) != 1 || len(answer.Causes[0].Info) != c.info || size > 0xffff {
			t.Errorf("%d addresses: %d octets, cause %v with %d octets", c.addrs, size, answer.Causes[0].Code, len(answer.Causes[0].Info))
		}
	}
}

// TestResponseType shows that an encoded response is a message as any other.
func TestResponseType(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	r.Step(steptest.Begin, step.Up{Assoc: 1, Peer: []netip.AddrPort{elementAddr}})
	r.Step(steptest.Begin, received{Assoc: 1, Message: registration("p", 1, elementAddr)})
	m, ok := r.resolver.respond("p", 1, asapmsg.AcceptBit)
	if !ok {
		t.Fatal("unknown pool")
	}
	if typ := m.Type(); typ != asapmsg.TypeHandleResolutionResponse {
		t.Errorf("type %v", typ)
	}
	b, err := m.AppendBinary([]byte("before"))
	if err != nil || string(b[:6]) != "before" {
		t.Fatalf("appended to %q: %v", b[:6], err)
	}
	parsed, err := asapmsg.Parse(b[6:])
	if answer, ok := parsed.(*asapmsg.HandleResolutionResponse); err != nil || !ok || !answer.Accept || len(answer.PoolElements) != 1 {
		t.Errorf("decoded %+v: %v", parsed, err)
	}
	if _, ok := r.resolver.respond("q", 1, 0); ok {
		t.Error("a response for an unknown pool")
	}
}
