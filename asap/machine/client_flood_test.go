package machine

import (
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func TestClientAnnounceFlood(t *testing.T) {
	t.Parallel()
	random := seeded()
	w := newClientWorld(t, random)
	w.Feed(Resolve{Token: 1, Pool: "p"})
	w.tokens[1] = true
	for i := range 100_000 {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), 3863)
		w.Feed(newAnnounce(wire.ServerID(i+1), addr))
		if len(w.dials) > maxParallelDials {
			t.Fatalf("%d dials at a time", len(w.dials))
		}
	}
	if n := len(w.client.hunt.registrars); n > maxRegistrars+3 {
		t.Errorf("%d registrars are remembered", n)
	}
	w.Pass(time.Minute)
	w.Feed(newAnnounce(1, asaptest.RandomAddr(random)))
	if n := len(w.client.hunt.registrars); n > maxDials+3 {
		t.Errorf("%d registrars are remembered after a minute of silence", n)
	}
}

// Registrars that announce themselves and cannot be reached do not keep a configured registrar
// out, whether attempts to reach them fail soon or late.
func TestClientAnnouncedDead(t *testing.T) {
	t.Parallel()
	configured := netip.MustParseAddrPort("10.9.9.9:3863")
	for _, took := range []time.Duration{100 * time.Millisecond, 500 * time.Millisecond, 7500 * time.Millisecond} {
		client := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{{configured}}}, seeded())
		var dials []step.DialID // under way
		ends := make(map[step.DialID]time.Time)
		tried, now := 0, steptest.Begin
		feed := func(ev step.Event) {
			for _, a := range client.Step(now, ev) {
				if d, ok := a.(step.Dial); ok {
					dials = append(dials, d.Dial)
					ends[d.Dial] = now.Add(took)
					if d.Addrs[0] == configured {
						tried++
					}
				}
			}
		}
		feed(Resolve{Token: 1, Pool: "p"})
		for range 600 {
			for id := range wire.ServerID(30) {
				addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{11, 0, 0, byte(id)}), 3863)
				feed(newAnnounce(id+1, addr))
			}
			for len(dials) > 0 && !now.Before(ends[dials[0]]) {
				dial := dials[0]
				dials = dials[1:]
				feed(step.DialFailed{Dial: dial})
			}
			feed(step.Tick{})
			now = now.Add(100 * time.Millisecond)
		}
		if tried < 5 {
			t.Errorf("attempts take %v: the configured registrar is tried %d times in a minute", took, tried)
		}
	}
}

// Strangers that claim an element one after another neither move it from a home that answers, nor
// have the home asked or the owner warned each time.
func TestClientStrangerFlood(t *testing.T) {
	t.Parallel()
	home := netip.MustParseAddrPort("10.0.0.1:3863")
	client := NewClient(ClientConfig{Registrars: [][]netip.AddrPort{{home}}}, seeded())
	now, probes, warnings, ends := steptest.Begin, 0, 0, 0
	var feed func(ev step.Event)
	feed = func(ev step.Event) {
		for _, a := range client.Step(now, ev) {
			switch a := a.(type) {
			case step.Send:
				if m, ok := a.Message.(*asapmsg.HandleResolution); ok {
					probes++
					feed(Received{Assoc: a.Assoc, Message: &asapmsg.HandleResolutionResponse{PoolHandle: m.PoolHandle}})
				}
			case step.End:
				ends++
			case UnknownRegistrar:
				warnings++
			}
		}
	}
	feed(Register{Ref: 1, Pool: "p", Element: wire.PoolElement{ID: 7}, Interval: time.Hour})
	feed(step.Up{Assoc: 1, Dial: 1, Peer: []netip.AddrPort{home}})
	feed(Received{Assoc: 1, Message: &asapmsg.RegistrationResponse{PoolHandle: "p", PEID: 7}})
	const strangers = 6000
	for i := range step.AssocID(strangers) {
		feed(step.Up{Assoc: 2 + i, Peer: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.66:3863")}})
		for range 3 {
			feed(Received{Assoc: 2 + i, Message: &asapmsg.EndpointKeepAlive{Home: true, ServerID: 0x66, PoolHandle: "p", PEID: 7}})
		}
		now = now.Add(10 * time.Millisecond)
		feed(step.Tick{})
	}
	if client.home.assoc != 1 {
		t.Errorf("the home is %d", client.home.assoc)
	}
	if limit := int(strangers*10*time.Millisecond/strangerTimeout) + 1; probes == 0 || probes > limit || ends > limit || warnings > 2 {
		t.Errorf("%d strangers: %d probes, %d ends, %d warnings", strangers, probes, ends, warnings)
	}
}

func TestClientReportFlood(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t, seeded())
	for i := range 10_000 {
		w.Feed(ReportUnreachable{Pool: "p", ID: wire.PEID(i + 1)})
	}
	if n := len(w.client.queue.reports); n > maxReports {
		t.Errorf("%d reports wait", n)
	}
}

// A user that asks faster than the registrar answers, and does not wait for it, does not
// make either keep more and more.
func TestClientResolutionFlood(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t, seeded())
	for token := range Token(100_000) {
		w.Feed(Resolve{Token: token, Pool: "p"})
		if token%2 == 1 { // Half of them give up at once.
			w.Feed(Cancel{Token: token})
		} else {
			w.tokens[token] = true
		}
	}
	if n := len(w.client.queue.waiting); n > 100_000 {
		t.Errorf("%d resolutions wait", n)
	}
	for token := range w.tokens {
		w.Feed(Cancel{Token: token})
	}
	clear(w.tokens)
	if w.client.queue.isPending() || w.client.Hunting() {
		t.Error("a registrar is sought though nobody waits for one")
	}
	w.Feed(newAnnounce(1, asaptest.RandomAddr(w.Random)))
	for token := range Token(5000) {
		w.tokens[token] = true
		w.Feed(Resolve{Token: token, Pool: "p"})
	}
	for len(w.dials) > 0 {
		w.Feed(step.Up{Assoc: 7, Dial: w.dials[0], Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}})
		w.dials = w.dials[1:]
	}
	if n := len(w.client.queue.sent); n != maxSent {
		t.Errorf("%d requests are sent and not answered, want %d", n, maxSent)
	}
	for range 5000 {
		w.Feed(Received{Assoc: 7, Message: &asapmsg.HandleResolutionResponse{PoolHandle: "p"}})
	}
	if len(w.tokens) > 0 {
		t.Errorf("%d resolutions are not answered", len(w.tokens))
	}
}
