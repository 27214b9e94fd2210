package player

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/tools/internal/script"
	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
)

// phrases are messages for random events, in the language of the scenarios.
var phrases = [][]string{
	{"registration", "p", "1"},
	{"registered", "p", "1"},
	{"registration", "p", "2", "policy=Random"},
	{"registered", "p", "2", "reject", "cause=3"},
	{"deregistration", "p", "1"},
	{"deregistered", "p", "1"},
	{"resolution", "p"},
	{"resolved", "p", "1", "2", "home=1"},
	{"keep-alive", "1", "p", "1", "home"},
	{"keep-alive", "0x999", "p", "0"},
	{"ack", "p", "1"},
	{"unreachable", "p", "2"},
	{"error", "cause=3"},
	{"presence", "2", "1", "reply"},
	{"presence", "1", "2"},
	{"list-request", "2", "1"},
	{"list", "1", "2", "2", "3"},
	{"table-request", "2", "1"},
	{"table", "1", "2", "more", "p", "1", "2", "home=2"},
	{"table", "1", "2"},
	{"update", "2", "1", "p", "3", "home=3"},
	{"update", "1", "2", "del", "p", "3", "home=2"},
	{"takeover", "2", "1", "3"},
	{"takeover-ack", "1", "2", "3"},
	{"taken-over", "1", "2", "3"},
	{"damaged"},
}

// clients are addresses of clients; the first two are those of elements in updates.
var clients = []netip.AddrPort{
	netip.MustParseAddrPort("10.0.0.1:6000"), netip.MustParseAddrPort("10.1.0.1:6000"), netip.MustParseAddrPort("10.0.0.2:7"),
}

// TestRandom plays scripts that make no sense at registrars that do whatever they like. The
// player neither panics nor has a deadline that stays in the past, and comes to an end.
func TestRandom(t *testing.T) {
	steptest.RunSeeds(t, func(t *testing.T, random *rand.Rand) {
		r := &randomizer{t: t, random: random, assocs: make(map[ActorID]int)}
		p := New(Config{Speed: float64(random.IntN(2)), Offset: random.Uint32N(2)})
		d := &steptest.Driver{T: t, Random: random, Now: steptest.Begin, Machine: p, Act: r.act}
		for range 300 {
			d.Drive(1, func() step.Event {
				if len(r.due) > 0 && (r.random.IntN(3) > 0 || !p.Ready()) {
					ev := r.due[0]
					r.due = r.due[1:]
					return ev
				}
				if p.Ready() {
					return Perform{r.cue()}
				}
				return r.disturb()
			})
		}
		if d.Pass(10 * time.Minute); !p.Ready() {
			t.Error("the player waits for ever")
		}
		d.Feed(Stop{})
		for i := 0; !p.Ready() && i < 10; i++ {
			d.Pass(2 * time.Second)
		}
		d.Feed(End{})
		d.Pass(10 * time.Second)
		if !p.Done() || len(p.actors) > 0 {
			t.Errorf("not done: %d actors", len(p.actors))
		}
	})
}

type randomizer struct {
	t      *testing.T
	random *rand.Rand
	due    []step.Event
	at     time.Duration
	count  uint64
	assocs map[ActorID]int
}

// act answers the actions that have to be answered.
func (r *randomizer) act(a step.Action) {
	switch a := a.(type) {
	case OpenActor:
		ev := Opened{Actor: a.Actor}
		if r.random.IntN(8) > 0 {
			ev.Addrs = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:4000")}
		}
		r.due = append(r.due, ev)
	case CloseActor:
		delete(r.assocs, a.Actor)
	case Do:
		if dial, ok := a.Action.(step.Dial); ok {
			var ev step.Event = step.Up{Assoc: 1, Dial: dial.Dial}
			if r.random.IntN(8) == 0 {
				ev = step.DialFailed{Dial: dial.Dial, Err: errRefused}
			} else {
				r.assocs[a.Actor] = 1
			}
			r.due = append(r.due, Happened{a.Actor, ev})
		}
		switch end := a.Action.(type) {
		case step.End:
			r.due = append(r.due, Happened{a.Actor, step.Down{Assoc: end.Assoc}})
		case step.Abort:
			r.due = append(r.due, Happened{a.Actor, step.Down{Assoc: end.Assoc}})
		}
		if s, ok := a.Action.(step.Send); ok {
			if m, ok := s.Message.(script.Message); !ok || len(m.Octets) == 0 {
				r.t.Errorf("sends nothing: %+v", s)
			}
		}
	}
}

func (r *randomizer) message() script.Message {
	a := steptest.ParseArgs(phrases[r.random.IntN(len(phrases))])
	m := parseMessage(a)
	if err := a.Finish(); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// cue returns any cue.
func (r *randomizer) cue() script.Cue {
	r.at += time.Duration(r.random.IntN(1000)) * time.Millisecond
	c := script.Cue{
		Kind: script.Kind(1 + r.random.IntN(4)), At: r.at, Registrar: 1,
		ByRegistrar: r.random.IntN(4) == 0, Aborted: r.random.IntN(2) == 0,
	}
	if c.Kind == script.Open || r.count == 0 {
		c.Kind = script.Open
		r.count++
		c.Assoc = r.count
	} else {
		c.Assoc = 1 + r.random.Uint64N(r.count)
	}
	c.PPID = wire.PPIDASAP + uint32(c.Assoc)%2
	c.Client = steptest.Pick(r.random, clients...)
	if c.Kind == script.Say || c.Kind == script.Hear {
		for c.Message = r.message(); (c.Message.ASAP != nil) != (c.PPID == wire.PPIDASAP); {
			c.Message = r.message()
		}
	}
	return c
}

// disturb returns an event of the network.
func (r *randomizer) disturb() step.Event {
	for actor := range r.assocs {
		switch r.random.IntN(12) {
		case 0:
			return Happened{actor, step.Down{Assoc: 1}}
		case 1:
			return Happened{actor, step.Up{Assoc: 2}}
		case 2:
			return Happened{actor, step.Down{Assoc: 2}}
		}
		return Happened{actor, step.Received[script.Message]{Assoc: step.AssocID(1 + r.random.IntN(2)), Message: r.message()}}
	}
	return step.Tick{}
}
