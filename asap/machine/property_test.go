package machine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// The properties hold for whatever comes, in whatever order: no machine panics, asks
// for the impossible, has a deadline that stays in the past, or grows without bound.

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// driver feeds a machine with events at random.
type driver struct {
	t        *testing.T
	random   *rand.Rand
	now      time.Time
	step     func(now time.Time, ev Event) []Action
	deadline func() time.Time
	act      func(a Action) // checks an action, and remembers what answers it
}

// drive makes the machine take n events, of which some are that time passes.
func (d *driver) drive(n int, event func() Event) {
	for range n {
		switch d.random.IntN(4) {
		case 0:
			d.pass(time.Duration(d.random.Int64N(int64(4 * time.Second))))
		default:
			d.feed(event())
		}
	}
}

func (d *driver) feed(ev Event) {
	for _, a := range d.step(d.now, ev) {
		d.act(a)
	}
}

// pass lets time pass, with ticks as they are due. A tick must not leave a deadline
// behind that is due already, again and again.
func (d *driver) pass(t time.Duration) {
	end := d.now.Add(t)
	stuck := 0
	for {
		next := d.deadline()
		if next.IsZero() || next.After(end) {
			d.now = end
			return
		}
		if next.After(d.now) {
			d.now = next
			stuck = 0
		}
		if stuck++; stuck > 3 {
			d.t.Fatalf("the deadline %v stays in the past", next)
		}
		d.feed(Tick{})
	}
}

func seeds(t *testing.T, test func(t *testing.T, random *rand.Rand)) {
	t.Parallel()
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 77))
		test(t, random)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// pick returns one of a few, so that events concern one another.
func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

func randomPool(random *rand.Rand) wire.PoolHandle {
	return pick[wire.PoolHandle](random, "p", "q", "r")
}

func randomID(random *rand.Rand) wire.PEID { return wire.PEID(1 + random.IntN(6)) }

func randomAddr(random *rand.Rand) netip.AddrPort {
	addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + random.IntN(5))})
	if random.IntN(8) == 0 {
		addr = netip.MustParseAddr("127.0.0.1")
	}
	return netip.AddrPortFrom(addr, uint16(3863+random.IntN(2)))
}

func randomCauses(random *rand.Rand) []wire.ErrorCause {
	if random.IntN(2) == 0 {
		return nil
	}
	return causes(pick(random, wire.CauseNonUniquePEID, wire.CauseLackOfResources, wire.CauseInconsistentPolicy, wire.CauseUnknownPoolHandle), nil)
}

func randomUnknown(random *rand.Rand) []wire.RawParam {
	if random.IntN(10) > 0 {
		return nil
	}
	return []wire.RawParam{{Type: pick[wire.ParamType](random, 0x0777, 0x4777, 0x8777, 0xc777), Value: []byte{1}}}
}

func randomElement(random *rand.Rand, id wire.PEID) wire.PoolElement {
	at := randomAddr(random)
	return wire.PoolElement{
		ID:               id,
		RegistrationLife: time.Duration(random.IntN(20)) * time.Second,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}},
		Policy:           wire.Policy{Type: pick(random, wire.RoundRobin, wire.LeastUsed, wire.WeightedRandomDPF)},
		Unknown:          randomUnknown(random),
	}
}

// randomMessage returns any message, with few values.
func randomMessage(random *rand.Rand) asapmsg.Message {
	pool, id, unknown := randomPool(random), randomID(random), randomUnknown(random)
	switch random.IntN(10) {
	case 0:
		return &asapmsg.Registration{PoolHandle: pool, PoolElement: randomElement(random, id), Unknown: unknown}
	case 1:
		return &asapmsg.RegistrationResponse{PoolHandle: pool, PEID: id, Reject: random.IntN(2) == 0, Causes: randomCauses(random), Unknown: unknown}
	case 2:
		return &asapmsg.Deregistration{PoolHandle: pool, PEID: id, Unknown: unknown}
	case 3:
		return &asapmsg.DeregistrationResponse{PoolHandle: pool, PEID: id, Causes: randomCauses(random), Unknown: unknown}
	case 4:
		return &asapmsg.HandleResolution{PoolHandle: pool, Items: pick[uint32](random, 0, 1, 200, asapmsg.AllItems), Subscribe: random.IntN(3) == 0, Unknown: unknown}
	case 5:
		return &asapmsg.HandleResolutionResponse{PoolHandle: pool, Causes: randomCauses(random), PoolElements: []wire.PoolElement{randomElement(random, id)}, Unknown: unknown}
	case 6:
		return &asapmsg.EndpointKeepAlive{Home: random.IntN(2) == 0, ServerID: wire.ServerID(random.IntN(4)), PoolHandle: pool, PEID: pick(random, 0, id), Unknown: unknown}
	case 7:
		return &asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id, Unknown: unknown}
	case 8:
		return &asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id, Unknown: unknown}
	}
	return &asapmsg.Error{Causes: randomCauses(random), Unknown: unknown}
}

// encodes checks that what is sent can be encoded.
func encodes(t *testing.T, m Message) {
	t.Helper()
	if _, err := m.AppendBinary(nil); err != nil {
		t.Errorf("%v cannot be encoded: %v", m.Type(), err)
	}
}

func malformedMessage(random *rand.Rand) Malformed {
	data := []byte{byte(random.IntN(256)), 0, 0xff, 0xff}
	_, err := asapmsg.Parse(data)
	return Malformed{Assoc: AssocID(1 + random.IntN(5)), Type: asapmsg.Type(data[0]), Err: err.(*wire.SyntaxError)}
}
