package asapside

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// announceOf returns the announce among actions.
func announceOf(t *testing.T, actions []step.Action) *asapmsg.ServerAnnounce {
	t.Helper()
	if len(actions) != 1 {
		t.Fatalf("actions %v, want an announce", actions)
	}
	multicast, ok := actions[0].(step.Multicast)
	if !ok {
		t.Fatalf("action %T, want an announce", actions[0])
	}
	b, err := multicast.Message.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := asapmsg.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return m.(*asapmsg.ServerAnnounce)
}

func endpointOf(addrs ...string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrsOf(addrs) {
		out = append(out, netip.AddrPortFrom(a, 3863))
	}
	return out
}

// TestAnnounce shows that an announce lists the addresses at which hosts elsewhere reach the
// registrar. Without such an address it has no transport parameter.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ addrs, want []string }{
		"all kinds": {
			[]string{"192.0.2.1", "127.0.0.1", "2001:db8::1", "::1", "fe80::1", "169.254.0.1", "10.0.0.1"},
			[]string{"192.0.2.1", "2001:db8::1", "10.0.0.1"},
		},
		"single":        {[]string{"192.0.2.1"}, []string{"192.0.2.1"}},
		"loopback only": {[]string{"127.0.0.1", "::1"}, nil},
		"link-local":    {[]string{"fe80::1", "169.254.0.1"}, nil},
		"unknown":       {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := newRegistrar(ownID)
			if actions := r.Step(steptest.Begin, step.LocalAddrs{Addrs: endpointOf(c.addrs...)}); len(actions) != 0 {
				t.Fatalf("actions %v before the registrar is open", actions)
			}
			m := announceOf(t, r.Step(steptest.Begin, Open{}))
			if m.ServerID != ownID {
				t.Errorf("identifier %v", m.ServerID)
			}
			if len(c.want) == 0 {
				if len(m.Transports) != 0 {
					t.Errorf("transports %v, want none", m.Transports)
				}
				return
			}
			if len(m.Transports) != 1 {
				t.Fatalf("%d transports, want 1", len(m.Transports))
			}
			transport := m.Transports[0]
			if transport.Protocol != wire.SCTP || transport.Port != 3863 || !slices.Equal(transport.Addrs, addrsOf(c.want)) {
				t.Errorf("transport %v, want %v", transport, c.want)
			}
		})
	}
}

// TestAnnounceNewAddrs shows that an announce lists the present addresses.
func TestAnnounceNewAddrs(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrar(ownID)
	r.Step(steptest.Begin, step.LocalAddrs{Addrs: endpointOf("192.0.2.1")})
	r.Step(steptest.Begin, Open{})
	r.Step(steptest.Begin, step.LocalAddrs{Addrs: endpointOf("192.0.2.2")})
	m := announceOf(t, r.Step(r.Deadline(), step.Tick{}))
	if got := m.Transports[0].Addrs; !slices.Equal(got, addrsOf([]string{"192.0.2.2"})) {
		t.Errorf("addresses %v after a change", got)
	}
}

// TestAnnounceCycle shows that the pauses between announces vary by up to an eighth.
func TestAnnounceCycle(t *testing.T) {
	t.Parallel()
	const cycle = 800 * time.Millisecond
	r, _ := newRegistrarOf(Config{ID: ownID, AnnounceCycle: cycle}, handlespace.Config{})
	now := steptest.Begin
	announceOf(t, r.Step(now, Open{}))
	shortest, longest := cycle, cycle
	for range 1000 {
		pause := r.Deadline().Sub(now)
		shortest, longest = min(shortest, pause), max(longest, pause)
		if actions := r.Step(now.Add(pause-1), step.Tick{}); len(actions) != 0 {
			t.Fatalf("actions %v before the time", actions)
		}
		now = now.Add(pause)
		announceOf(t, r.Step(now, step.Tick{}))
	}
	const jitter = cycle / 8
	if shortest < cycle-jitter || shortest > cycle-jitter/2 || longest > cycle+jitter || longest < cycle+jitter/2 {
		t.Errorf("pauses from %v to %v", shortest, longest)
	}
}

// TestNoAnnounces shows that a cycle below 0 switches announces off.
func TestNoAnnounces(t *testing.T) {
	t.Parallel()
	r, _ := newRegistrarOf(Config{ID: ownID, AnnounceCycle: -1}, handlespace.Config{})
	if actions := r.Step(steptest.Begin, Open{}); len(actions) != 0 || !r.Deadline().IsZero() {
		t.Errorf("actions %v, deadline %v", actions, r.Deadline())
	}
}
