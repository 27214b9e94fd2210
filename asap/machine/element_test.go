package machine

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// newHomed returns a client with a home over association 1 at an address.
func newHomed(t *testing.T, at string) *Client {
	t.Helper()
	addrs := addrPortsOf(at)
	c := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{addrs}}, seeded())
	actions := c.Step(steptest.Begin, Resolve{Token: 1, Pool: "p"})
	c.Step(steptest.Begin, step.Up{Assoc: 1, Dial: actions[0].(step.Dial).Dial, Peer: addrs})
	c.Step(steptest.Begin, Received{Assoc: 1, Message: &asapmsg.HandleResolutionResponse{PoolHandle: "p"}})
	if _, has := c.Home(); !has || c.queue.isPending() {
		t.Fatal("no home")
	}
	return c
}

// registrationIn returns the registration that actions send.
func registrationIn(t *testing.T, actions []step.Action) *asapmsg.Registration {
	t.Helper()
	for _, a := range actions {
		if a, ok := a.(step.Send); ok {
			if m, ok := a.Message.(*asapmsg.Registration); ok {
				return m
			}
		}
	}
	t.Fatalf("no registration in %v", actions)
	return nil
}

func elementAt(id wire.PEID, addrs ...string) wire.PoolElement {
	return wire.PoolElement{ID: id, UserTransport: wire.Transport{Protocol: wire.SCTP, Port: 5000, Addrs: addrsOf(addrs...)}}
}

// TestRegisteredAddrs shows which addresses of an element a registrar is sent.
func TestRegisteredAddrs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		home        string
		addrs, want []string
	}{
		"registrar elsewhere":    {"192.0.2.1:3863", []string{"127.0.0.1", "192.0.2.7", "fe80::1"}, []string{"192.0.2.7"}},
		"registrar on this host": {"127.0.0.1:3863", []string{"127.0.0.1", "192.0.2.7", "fe80::1"}, []string{"127.0.0.1", "192.0.2.7"}},
		"none is usable":         {"192.0.2.1:3863", []string{"127.0.0.1", "fe80::1"}, []string{"127.0.0.1", "fe80::1"}},
	} {
		client := newHomed(t, c.home)
		given := elementAt(7, c.addrs...)
		m := registrationIn(t, client.Step(steptest.Begin, Register{Ref: 1, Pool: "p", Interval: time.Hour, Element: given}))
		if got := m.PoolElement.UserTransport.Addrs; !slices.Equal(got, addrsOf(c.want...)) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if !slices.Equal(given.UserTransport.Addrs, addrsOf(c.addrs...)) {
			t.Errorf("%s: the owner's element has %v now", name, given.UserTransport.Addrs)
		}
	}
}

// TestElementID shows that a random identifier is known at once, and changes if it turns out
// to be in use, but not for ever.
func TestElementID(t *testing.T) {
	t.Parallel()
	c := newHomed(t, "192.0.2.1:3863")
	if id := c.ElementID(1); id != 0 {
		t.Errorf("identifier %v without an element", id)
	}
	m := registrationIn(t, c.Step(steptest.Begin, Register{Ref: 1, Pool: "p", Interval: time.Hour, Element: elementAt(0, "192.0.2.7")}))
	seen := make(map[wire.PEID]bool)
	refuse := func(id wire.PEID) []step.Action {
		return c.Step(steptest.Begin, Received{Assoc: 1, Message: &asapmsg.RegistrationResponse{
			PoolHandle: "p", PEID: id, Reject: true, Causes: []wire.ErrorCause{{Code: wire.CauseNonUniquePEID}},
		}})
	}
	for range maxRedraws {
		id := m.PoolElement.ID
		if id == 0 || seen[id] || c.ElementID(1) != id {
			t.Fatalf("identifier %v, the element has %v", id, c.ElementID(1))
		}
		seen[id] = true
		m = registrationIn(t, refuse(id))
	}
	actions := refuse(m.PoolElement.ID)
	if len(actions) != 1 {
		t.Fatalf("actions %v, want a rejection", actions)
	}
	if a, ok := actions[0].(Rejected); !ok || a.Ref != 1 || !hasCause(a.Causes, wire.CauseNonUniquePEID) {
		t.Errorf("action %+v, want a rejection", actions[0])
	}
	if d := c.Deadline(); d != steptest.Begin.Add(time.Hour) {
		t.Errorf("the next registration is at %v", d)
	}
}

// TestUnknownElement shows that requests for elements that the client does not have do
// nothing, except that a deregistration is done.
func TestUnknownElement(t *testing.T) {
	t.Parallel()
	c := newHomed(t, "192.0.2.1:3863")
	for _, ev := range []step.Event{Update{Ref: 1}, Moved{Ref: 1}, Abandon{Ref: 1}, Cancel{Token: 9}} {
		if actions := c.Step(steptest.Begin, ev); len(actions) != 0 {
			t.Errorf("%T: actions %v", ev, actions)
		}
	}
	actions := c.Step(steptest.Begin, Deregister{Ref: 1})
	if len(actions) != 1 {
		t.Fatalf("actions %v", actions)
	}
	if a, ok := actions[0].(Deregistered); !ok || a.Ref != 1 || len(a.Causes) != 0 {
		t.Errorf("action %+v", actions[0])
	}
}

// TestSameElementTwice shows that a client refuses another element with the same identifier
// in the same pool.
func TestSameElementTwice(t *testing.T) {
	t.Parallel()
	c := newHomed(t, "192.0.2.1:3863")
	register := func(ref Ref, pool wire.PoolHandle) []step.Action {
		return c.Step(steptest.Begin, Register{Ref: ref, Pool: pool, Interval: time.Hour, Element: elementAt(7, "192.0.2.7")})
	}
	registrationIn(t, register(1, "p"))
	registrationIn(t, register(2, "q"))
	actions := register(3, "p")
	if len(actions) != 1 {
		t.Fatalf("actions %v", actions)
	}
	if a, ok := actions[0].(Rejected); !ok || a.Ref != 3 || !hasCause(a.Causes, wire.CauseNonUniquePEID) {
		t.Errorf("action %+v", actions[0])
	}
	if c.ElementID(3) != 0 || c.ElementID(1) != 7 {
		t.Errorf("identifiers %v, %v", c.ElementID(1), c.ElementID(3))
	}
}
