package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/asap/machine/asaptest"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// clientWorld is what a client has around it: its dials and associations.
type clientWorld struct {
	*steptest.Driver
	client *Client
	dials  []step.DialID
	assocs []step.AssocID
	last   step.AssocID
	tokens map[Token]bool // resolutions that are to be answered
	refs   map[Ref]bool   // elements that are to be deregistered
	token  Token
	ref    Ref
}

func newClientWorld(t *testing.T, random *rand.Rand) *clientWorld {
	config := ClientConfig{HuntRounds: random.IntN(3), RequestTrials: 1 + random.IntN(3)}
	for range random.IntN(3) {
		config.Registrars = append(config.Registrars, []netip.AddrPort{asaptest.RandomAddr(random)})
	}
	w := &clientWorld{client: NewClient(config, random), tokens: make(map[Token]bool), refs: make(map[Ref]bool)}
	w.Driver = &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: w.client, Act: w.act}
	return w
}

func (w *clientWorld) act(a step.Action) {
	switch a := a.(type) {
	case step.Send:
		asaptest.CheckEncodes(w.T, a.Message)
		if a.Assoc == 0 {
			w.T.Error("sent to nobody")
		}
	case step.Dial:
		if len(a.Addrs) == 0 {
			w.T.Error("dial without an address")
		}
		w.dials = append(w.dials, a.Dial)
		if len(w.dials) > 64 {
			w.T.Error("more dials at a time than registrars are known")
		}
	case Resolved:
		w.resolved(a.Token)
	case ResolveFailed:
		w.resolved(a.Token)
	case Deregistered:
		if !w.refs[a.Ref] {
			w.T.Errorf("element %d deregistered that was not to be", a.Ref)
		}
		delete(w.refs, a.Ref)
	}
}

func (w *clientWorld) resolved(token Token) {
	if !w.tokens[token] {
		w.T.Errorf("resolution %d answered twice, or after its cancellation", token)
	}
	delete(w.tokens, token)
}

func (w *clientWorld) event() step.Event {
	switch w.Random.IntN(12) {
	case 0:
		return announced(wire.ServerID(w.Random.IntN(5)), asaptest.RandomAddr(w.Random))
	case 1:
		return w.up(0)
	case 2, 3:
		return w.dialled()
	case 4:
		return w.down()
	case 5:
		return asaptest.RandomMalformed(w.Random)
	case 6:
		w.token++
		w.tokens[w.token] = true
		return Resolve{Token: w.token, Pool: asaptest.RandomPool(w.Random), Items: uint32(w.Random.IntN(3))}
	case 7:
		token := Token(1 + w.Random.IntN(int(w.token)+1))
		delete(w.tokens, token)
		return Cancel{Token: token}
	case 8:
		return w.elementEvent()
	case 9:
		return ReportUnreachable{Pool: asaptest.RandomPool(w.Random), ID: asaptest.RandomID(w.Random)}
	}
	assoc := step.AssocID(1 + w.Random.IntN(3))
	if len(w.assocs) > 0 {
		assoc = steptest.Pick(w.Random, w.assocs...)
	}
	return Received{Assoc: assoc, Message: asaptest.RandomMessage(w.Random)}
}

func (w *clientWorld) up(dial step.DialID) step.Event {
	w.last++
	assoc := w.last
	if len(w.assocs) > 0 && dial != 0 && w.Random.IntN(8) == 0 {
		assoc = steptest.Pick(w.Random, w.assocs...) // The dial has found one that is up.
	} else {
		w.assocs = append(w.assocs, assoc)
	}
	return step.Up{Assoc: assoc, Dial: dial, Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}}
}

func (w *clientWorld) dialled() step.Event {
	if len(w.dials) == 0 {
		return step.DialFailed{Dial: 99}
	}
	dial := w.dials[0]
	w.dials = w.dials[1:]
	if w.Random.IntN(2) == 0 {
		return step.DialFailed{Dial: dial}
	}
	return w.up(dial)
}

func (w *clientWorld) down() step.Event {
	if len(w.assocs) == 0 {
		return step.Down{Assoc: 99}
	}
	assoc := w.assocs[0]
	w.assocs = w.assocs[1:]
	return step.Down{Assoc: assoc}
}

func (w *clientWorld) elementEvent() step.Event {
	ref := Ref(1 + w.Random.IntN(int(w.ref)+1))
	switch w.Random.IntN(5) {
	case 4:
		return Moved{Ref: ref, Addrs: []netip.Addr{asaptest.RandomAddr(w.Random).Addr()}}
	case 0:
		w.ref++
		return Register{
			Ref: w.ref, Pool: asaptest.RandomPool(w.Random), Interval: time.Duration(1+w.Random.IntN(20)) * time.Second,
			Element: asaptest.RandomElement(w.Random, steptest.Pick(w.Random, 0, asaptest.RandomID(w.Random))),
		}
	case 1:
		return Update{Ref: ref, Policy: wire.Policy{Type: steptest.Pick(w.Random, wire.RoundRobin, wire.Random)}}
	case 2:
		delete(w.refs, ref)
		return Abandon{Ref: ref}
	}
	w.refs[ref] = true
	return Deregister{Ref: ref}
}

func TestClientRandomEvents(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		w := newClientWorld(t, random)
		w.Drive(500, w.event)
		w.settle()
	})
}

// settle ends what is under way, gives the client a registrar that answers, and
// checks that everybody gets an answer.
func (w *clientWorld) settle() {
	for range 1000 {
		if len(w.dials) == 0 {
			break
		}
		w.Feed(step.DialFailed{Dial: w.dials[0]})
		w.dials = w.dials[1:]
	}
	for len(w.assocs) > 0 {
		w.Feed(w.down())
	}
	w.Feed(announced(0x99, asaptest.RandomAddr(w.Random)))
	for range 100 {
		for len(w.dials) > 0 {
			w.last++
			dial := w.dials[0]
			w.dials = w.dials[1:]
			w.Feed(step.Up{Assoc: w.last, Dial: dial, Peer: []netip.AddrPort{asaptest.RandomAddr(w.Random)}})
		}
		if w.client.home.assoc == 0 {
			w.Pass(time.Second)
			continue
		}
		if !w.answerOne() {
			break
		}
	}
	for range 10 { // Unanswered requests of the past go to the home as well.
		w.Pass(4 * time.Second)
		for w.answerOne() {
		}
	}
	if len(w.tokens) > 0 {
		w.T.Errorf("resolutions %v are not answered", w.tokens)
	}
	for _, e := range w.client.elements.serving {
		if !e.registered {
			w.T.Errorf("element %d is not registered in the end", e.ref)
		}
	}
	if q := &w.client.queue; q.isPending() || len(q.resolutions) > 0 || q.cancelled != 0 || len(w.client.elements.leaving) > 0 {
		w.T.Errorf("%d requests wait, %d are sent, %d resolutions, %d cancelled ones and %d elements that leave are left",
			len(q.waiting), len(q.sent), len(q.resolutions), q.cancelled, len(w.client.elements.leaving))
	}
}

// answerOne answers the oldest request, and reports whether there was one.
func (w *clientWorld) answerOne() bool {
	c := w.client
	if c.home.assoc == 0 || len(c.queue.sent) == 0 {
		return false
	}
	key := c.queue.sent[0].key
	var m asapmsg.Message
	switch key.typ {
	case asapmsg.TypeRegistration:
		m = &asapmsg.RegistrationResponse{PoolHandle: key.pool, PEID: key.id}
	case asapmsg.TypeDeregistration:
		m = &asapmsg.DeregistrationResponse{PoolHandle: key.pool, PEID: key.id}
	default:
		m = &asapmsg.HandleResolutionResponse{PoolHandle: key.pool}
	}
	w.Feed(Received{Assoc: c.home.assoc, Message: m})
	return true
}

func TestClientAnnounceFlood(t *testing.T) {
	t.Parallel()
	random := seeded()
	w := newClientWorld(t, random)
	w.Feed(Resolve{Token: 1, Pool: "p"})
	w.tokens[1] = true
	for i := range 100_000 {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), 3863)
		w.Feed(announced(wire.ServerID(i+1), addr))
		if len(w.dials) > maxParallelDials {
			t.Fatalf("%d dials at a time", len(w.dials))
		}
	}
	if n := len(w.client.hunt.registrars); n > maxRegistrars+3 {
		t.Errorf("%d registrars are remembered", n)
	}
	w.Pass(time.Minute)
	w.Feed(announced(1, asaptest.RandomAddr(random)))
	if n := len(w.client.hunt.registrars); n > maxDials+3 {
		t.Errorf("%d registrars are remembered after a minute of silence", n)
	}
}

// Registrars that announce themselves and cannot be reached do not keep one out that is
// configured, whether attempts to reach them fail soon or late.
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
				feed(announced(id+1, addr))
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
	w.Feed(announced(1, asaptest.RandomAddr(w.Random)))
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
