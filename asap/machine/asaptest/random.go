package asaptest

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/transport/step"
	"github.com/rserpool-go/rserpool/transport/step/steptest"
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

// RandomPool returns one of three pools.
func RandomPool(random *rand.Rand) wire.PoolHandle {
	return steptest.Pick[wire.PoolHandle](random, "p", "q", "r")
}

// RandomID returns one of six identifiers.
func RandomID(random *rand.Rand) wire.PEID { return wire.PEID(1 + random.IntN(6)) }

// RandomAddr returns one of a few addresses, loopback among them.
func RandomAddr(random *rand.Rand) netip.AddrPort {
	addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + random.IntN(5))})
	if random.IntN(8) == 0 {
		addr = netip.MustParseAddr("127.0.0.1")
	}
	return netip.AddrPortFrom(addr, uint16(3863+random.IntN(2)))
}

// RandomCauses returns an error cause, or none.
func RandomCauses(random *rand.Rand) []wire.ErrorCause {
	if random.IntN(2) == 0 {
		return nil
	}
	return []wire.ErrorCause{{Code: steptest.Pick(random,
		wire.CauseNonUniquePEID, wire.CauseLackOfResources, wire.CauseInconsistentPolicy, wire.CauseUnknownPoolHandle)}}
}

func randomUnknown(random *rand.Rand) []wire.RawParam {
	if random.IntN(10) > 0 {
		return nil
	}
	return []wire.RawParam{{Type: steptest.Pick[wire.ParamType](random, 0x0777, 0x4777, 0x8777, 0xc777), Value: []byte{1}}}
}

// RandomElement returns an element with the identifier.
func RandomElement(random *rand.Rand, id wire.PEID) wire.PoolElement {
	at := RandomAddr(random)
	return wire.PoolElement{
		ID:               id,
		RegistrationLife: time.Duration(random.IntN(20)) * time.Second,
		UserTransport:    wire.Transport{Protocol: wire.SCTP, Use: wire.DataAndControl, Port: at.Port(), Addrs: []netip.Addr{at.Addr()}},
		Policy:           wire.Policy{Type: steptest.Pick(random, wire.RoundRobin, wire.LeastUsed, wire.WeightedRandomDPF)},
		Unknown:          randomUnknown(random),
	}
}

// RandomMessage returns any message, with few values.
func RandomMessage(random *rand.Rand) asapmsg.Message {
	pool, id, unknown := RandomPool(random), RandomID(random), randomUnknown(random)
	switch random.IntN(10) {
	case 0:
		return &asapmsg.Registration{PoolHandle: pool, PoolElement: RandomElement(random, id), Unknown: unknown}
	case 1:
		return &asapmsg.RegistrationResponse{PoolHandle: pool, PEID: id, Reject: random.IntN(2) == 0, Causes: RandomCauses(random), Unknown: unknown}
	case 2:
		return &asapmsg.Deregistration{PoolHandle: pool, PEID: id, Unknown: unknown}
	case 3:
		return &asapmsg.DeregistrationResponse{PoolHandle: pool, PEID: id, Causes: RandomCauses(random), Unknown: unknown}
	case 4:
		return &asapmsg.HandleResolution{PoolHandle: pool, Items: steptest.Pick[uint32](random, 0, 1, 200, asapmsg.AllItems), Subscribe: random.IntN(3) == 0, Unknown: unknown}
	case 5:
		return &asapmsg.HandleResolutionResponse{PoolHandle: pool, Causes: RandomCauses(random), PoolElements: []wire.PoolElement{RandomElement(random, id)}, Unknown: unknown}
	case 6:
		return &asapmsg.EndpointKeepAlive{Home: random.IntN(2) == 0, ServerID: wire.ServerID(random.IntN(4)), PoolHandle: pool, PEID: steptest.Pick(random, 0, id), Unknown: unknown}
	case 7:
		return &asapmsg.EndpointKeepAliveAck{PoolHandle: pool, PEID: id, Unknown: unknown}
	case 8:
		return &asapmsg.EndpointUnreachable{PoolHandle: pool, PEID: id, Unknown: unknown}
	}
	return &asapmsg.Error{Causes: RandomCauses(random), Unknown: unknown}
}

// RandomMalformed returns a message that cannot be decoded.
func RandomMalformed(random *rand.Rand) step.Malformed {
	data := []byte{byte(random.IntN(256)), 0, 0xff, 0xff}
	_, err := asapmsg.Parse(data)
	return step.Malformed{Assoc: step.AssocID(1 + random.IntN(5)), Data: data, Err: err}
}

// CheckEncodes fails unless a message can be encoded.
func CheckEncodes(t testing.TB, m step.Message) {
	t.Helper()
	if _, err := m.AppendBinary(nil); err != nil {
		t.Errorf("%T cannot be encoded: %v", m, err)
	}
}
