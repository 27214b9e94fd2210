package attack

import (
	"encoding"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport"
	"github.com/rserpool-go/rserpool/transport/udpsctp"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
	"github.com/rserpool-go/rserpool/wire/enrpmsg"
)

var testTarget = Target{
	ASAP: netip.MustParseAddrPort("10.0.0.1:3863"), ENRP: netip.MustParseAddrPort("10.0.0.1:9901"),
	Pool: "echo", ID: 7, Registrar: 0x1001,
}

func encoded(t *testing.T, m encoding.BinaryAppender) []byte {
	t.Helper()
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > udpsctp.MaxMessageSize {
		t.Fatalf("message of %d octets", len(b))
	}
	return b
}

// registration returns the i-th registration of an attack, encoded and decoded.
func registration(t *testing.T, size, i int, change registrant) *asapmsg.Registration {
	t.Helper()
	w := &work{Target: testTarget, Dose: Dose{Size: size}}
	r := &asapmsg.Registration{PoolHandle: registrationPool, PoolElement: newElement(wire.PEID(i+1), netip.MustParseAddr("10.0.0.2"))}
	change(w, i, r)
	m, err := asapmsg.Parse(encoded(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return m.(*asapmsg.Registration)
}

// TestRegistrants asserts that each registration is as the table of attacks says.
func TestRegistrants(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   int
		change registrant
		is     func(r []*asapmsg.Registration) bool // of three registrations
	}{
		{"plain", 0, plainElement, func(r []*asapmsg.Registration) bool {
			return r[0].PoolElement.ID != r[1].PoolElement.ID && r[0].PoolHandle == r[1].PoolHandle
		}},
		{"pools", 0, elementInPoolOfItsOwn, func(r []*asapmsg.Registration) bool { return r[0].PoolHandle != r[1].PoolHandle }},
		{"unknown parameter", 60000, elementWithUnknownParameter, func(r []*asapmsg.Registration) bool {
			u := r[0].PoolElement.Unknown
			return len(u) == 1 && len(u[0].Value) == 60000 && u[0].Type.Action() == wire.ActionSkip
		}},
		{"unknown transport parameter", 60000, elementWithUnknownTransportParameter, func(r []*asapmsg.Registration) bool {
			u := r[0].PoolElement.UserTransport.Unknown
			return len(u) == 1 && len(u[0].Value) == 60000
		}},
		{"large policy", 60000, elementWithLargePolicy, func(r []*asapmsg.Registration) bool { return len(r[0].PoolElement.Policy.Extra) == 60000 }},
		{"many addresses", 3000, elementWithManyAddresses, func(r []*asapmsg.Registration) bool { return len(r[0].PoolElement.UserTransport.Addrs) == 3000 }},
		{"same", 0, sameElement, func(r []*asapmsg.Registration) bool { return r[0].PoolElement.ID == r[1].PoolElement.ID }},
		{"other policy", 0, elementWithOtherPolicy, func(r []*asapmsg.Registration) bool {
			return r[0].PoolElement.Policy.Type != r[1].PoolElement.Policy.Type && r[1].PoolElement.Policy.Type != r[2].PoolElement.Policy.Type
		}},
		{"odd life", 0, elementWithOddLife, func(r []*asapmsg.Registration) bool {
			return r[0].PoolElement.RegistrationLife == 0 && r[1].PoolElement.RegistrationLife == time.Millisecond && r[2].PoolElement.RegistrationLife > 49*24*time.Hour
		}},
		{"large weight", 0, elementWithLargeWeight, func(r []*asapmsg.Registration) bool { return r[0].PoolElement.Policy.Weight == 0xffffffff }},
		{"elsewhere", 0, elementElsewhere, func(r []*asapmsg.Registration) bool {
			own, other := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.3")
			return slices.Equal(r[0].PoolElement.UserTransport.Addrs, []netip.Addr{other}) &&
				slices.Equal(r[1].PoolElement.UserTransport.Addrs, []netip.Addr{own, other}) && r[2].PoolElement.UserTransport.Port == 22
		}},
	} {
		var r []*asapmsg.Registration
		for i := range 3 {
			r = append(r, registration(t, c.size, i, c.change))
		}
		if !c.is(r) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// TestHandles asserts that the odd handles can be sent.
func TestHandles(t *testing.T) {
	w := &work{Target: testTarget, Dose: Dose{Size: 65000}}
	for _, c := range []struct {
		pool func(w *work, i int) wire.PoolHandle
		is   func(h wire.PoolHandle) bool
	}{
		{unknownPool, func(h wire.PoolHandle) bool { return h == "none7" }},
		{longHandle, func(h wire.PoolHandle) bool { return len(h) == 65000 }},
		{oddHandle, func(h wire.PoolHandle) bool { return strings.ContainsAny(string(h), "\x00\x1b\n") }},
		{knownPool, func(h wire.PoolHandle) bool { return h == "echo" }},
	} {
		m, err := asapmsg.Parse(encoded(t, &asapmsg.HandleResolution{PoolHandle: c.pool(w, 7), Items: asapmsg.AllItems}))
		if err != nil || !c.is(m.(*asapmsg.HandleResolution).PoolHandle) {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if b := encoded(t, &asapmsg.CookieEcho{Cookie: make([]byte, 60000)}); len(b) < 60000 {
		t.Errorf("cookie message of %d octets", len(b))
	}
}

// TestClaim asserts that the keep-alive has the H bit (RFC 5352, 2.2.7) and the identifier of no registrar.
func TestClaim(t *testing.T) {
	b := encoded(t, claim("echo"))
	m, err := asapmsg.Parse(b)
	if err != nil || b[1]&1 == 0 || m.(*asapmsg.EndpointKeepAlive).ServerID == testTarget.Registrar {
		t.Errorf("%+v, %v", m, err)
	}
}

// fakeAssociation has an address, and nothing else.
type fakeAssociation struct{ transport.Association }

func (fakeAssociation) LocalAddrs() []netip.AddrPort {
	return []netip.AddrPort{netip.MustParseAddrPort("10.0.0.2:5000")}
}

// TestRogueMessages asserts that each message of a rogue is as the table of attacks says.
func TestRogueMessages(t *testing.T) {
	r := &rogue{w: &work{Target: testTarget, Dose: Dose{Size: 60000}}, id: rogueID, speaker: &speaker{assoc: fakeAssociation{}}}
	message := func(does func(r *rogue, i int) enrpmsg.Message, i int) enrpmsg.Message {
		m, err := enrpmsg.Parse(encoded(t, does(r, i)))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	update := message(updateOfElement, 4).(*enrpmsg.HandleUpdate)
	if e := update.PoolElement; e.HomeID != rogueID || e.ID != 5 || len(e.Policy.Extra) != 60000 || e.ASAPTransport == nil || update.TakeoverSuggested {
		t.Errorf("update %+v", update)
	}
	if m := message(suggestion, 0).(*enrpmsg.HandleUpdate); !m.TakeoverSuggested {
		t.Errorf("suggestion %+v", m)
	}
	first, second := message(presenceOfNobody, 0).(*enrpmsg.Presence), message(presenceOfNobody, 1).(*enrpmsg.Presence)
	if first.Sender == second.Sender || first.Server.ID != first.Sender || !first.ReplyRequired {
		t.Errorf("presences %+v and %+v", first, second)
	}
	if m := message(takeoverOfNobody, 0).(*enrpmsg.InitTakeover); m.TargetID == 0 || m.Sender != rogueID {
		t.Errorf("takeover %+v", m)
	}
	if m := message(requestForTable, 0).(*enrpmsg.HandleTableRequest); m.Sender != rogueID || m.OwnChildrenOnly {
		t.Errorf("request %+v", m)
	}
	sums := map[uint16]bool{}
	for i := range 20 {
		m := message(presenceWithRandomChecksum, i).(*enrpmsg.Presence)
		sums[m.Checksum] = true
	}
	if len(sums) < 10 {
		t.Errorf("%d different checksums", len(sums))
	}
	r.id = targetID(r.w)
	if m := message(presenceOfTwin, 0).(*enrpmsg.Presence); m.Sender != testTarget.Registrar || m.Server.ID != testTarget.Registrar {
		t.Errorf("twin %+v", m)
	}
}
