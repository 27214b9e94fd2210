package handlespace

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// encoded returns a parameter, nil if it cannot be encoded.
func encoded(p interface{ AppendBinary([]byte) ([]byte, error) }) []byte {
	b, _ := p.AppendBinary(nil)
	return b
}

// refusals are registrations that are refused when testElement(1) is in "pool".
var refusals = map[string]struct {
	pool   wire.PoolHandle
	change func(*wire.PoolElement)
	code   wire.CauseCode
	info   func(*wire.PoolElement) []byte // nil: none
	text   string
}{
	"no handle": {
		"", func(*wire.PoolElement) {}, wire.CauseInvalidValues,
		func(*wire.PoolElement) []byte { return []byte{0, byte(wire.ParamPoolHandle), 0, 4} },
		"pool handle of 0 octets",
	},
	"long handle": {
		wire.PoolHandle(strings.Repeat("x", 33)), func(*wire.PoolElement) {}, wire.CauseInvalidValues,
		func(*wire.PoolElement) []byte {
			return append([]byte{0, byte(wire.ParamPoolHandle), 0, 37}, strings.Repeat("x", 33)+"\x00\x00\x00"...)
		},
		"pool handle of 33 octets",
	},
	"unknown policy": {
		"pool", func(pe *wire.PoolElement) { pe.Policy = wire.Policy{Type: 99, Extra: "1234"} }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(pe.Policy) },
		"unknown policy PolicyType(0x00000063)",
	},
	"identifier 0": {
		"pool", func(pe *wire.PoolElement) { pe.ID = 0 }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(pe) },
		"identifier 0",
	},
	"other protocol": {
		"pool", func(pe *wire.PoolElement) { pe.UserTransport.Protocol = wire.TCP }, wire.CauseInconsistentTransport,
		func(*wire.PoolElement) []byte { return encoded(&testElement(1).UserTransport) },
		"user transport is TCP, the pool has SCTP",
	},
	"no ASAP port": {
		"pool", func(pe *wire.PoolElement) { pe.ASAPTransport.Port = 0 }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(pe.ASAPTransport) },
		"ASAP transport: port 0",
	},
	"ASAP over TCP": {
		"pool", func(pe *wire.PoolElement) { pe.ASAPTransport.Protocol = wire.TCP }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(pe.ASAPTransport) },
		"ASAP transport: TCP, data only",
	},
	"ASAP and data": {
		"pool", func(pe *wire.PoolElement) { pe.ASAPTransport.Use = wire.DataAndControl }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(pe.ASAPTransport) },
		"ASAP transport: SCTP, data plus control",
	},
	"no address": {
		"pool", func(pe *wire.PoolElement) { pe.UserTransport.Addrs = nil }, wire.CauseInvalidValues,
		nil, "user transport: 0 addresses",
	},
	"too many addresses": {
		"pool", func(pe *wire.PoolElement) { pe.UserTransport.Addrs = slices.Repeat(pe.UserTransport.Addrs, 65) },
		wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(&pe.UserTransport) },
		"user transport: 65 addresses",
	},
	"no port": {
		"pool", func(pe *wire.PoolElement) { pe.UserTransport.Port = 0 }, wire.CauseInvalidValues,
		func(pe *wire.PoolElement) []byte { return encoded(&pe.UserTransport) },
		"user transport: port 0",
	},
	"control channel": {
		"pool", func(pe *wire.PoolElement) { pe.UserTransport.Use = wire.DataAndControl },
		wire.CauseInconsistentDataControl, nil,
		"user transport is for data plus control, the pool is for data only",
	},
	"other policy": {
		"pool", func(pe *wire.PoolElement) { pe.Policy = wire.Policy{Type: wire.LeastUsed, Load: 5} },
		wire.CauseInconsistentPolicy,
		func(*wire.PoolElement) []byte { return encoded(testElement(1).Policy) },
		"policy is LeastUsed, the pool has RoundRobin",
	},
	"invalid address": {
		"new", func(pe *wire.PoolElement) { pe.UserTransport.Addrs = []netip.Addr{{}} }, wire.CauseInvalidValues,
		nil, "address",
	},
	"negative life": {
		"new", func(pe *wire.PoolElement) { pe.RegistrationLife = -1 }, wire.CauseInvalidValues,
		nil, "registration life",
	},
	"too long": {
		"new", func(pe *wire.PoolElement) {
			lengthen(pe, MaxElementLen+4)
		}, wire.CauseInvalidValues, nil, "pool element of 4100 octets, more than 4096",
	},
	"longer than a parameter": {
		"new", func(pe *wire.PoolElement) {
			pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 65536)}}
		}, wire.CauseInvalidValues, nil, "longer than 65535",
	},
	"update too long": {
		"pool", func(pe *wire.PoolElement) {
			pe.ID = 1
			lengthen(pe, MaxElementLen+4)
		}, wire.CauseInvalidValues, nil, "pool element of 4100 octets, more than 4096",
	},
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTest()
			mustRegister(t, h, "pool", testElement(1))
			pe := testElement(2)
			c.change(pe)
			_, _, err := h.Register(t0, c.pool, pe, 0)
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Cause.Code != c.code || !strings.Contains(err.Error(), c.text) {
				t.Fatalf("got %v, want %v, %s", err, c.code, c.text)
			}
			var info []byte
			if c.info != nil {
				info = c.info(pe)
			}
			if !bytes.Equal(refusal.Cause.Info, info) {
				t.Errorf("info is %x, want %x", refusal.Cause.Info, info)
			}
			if h.Len() != 1 || h.NumPools() != 1 {
				t.Errorf("%d elements in %d pools are left", h.Len(), h.NumPools())
			}
			checkIndexes(t, h)
		})
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	h := New(Config{Rand: rand.New(rand.NewPCG(1, 2)), MaxElements: 3})
	mustRegister(t, h, "a", testElement(1))
	mustRegister(t, h, "b", testElement(1))
	mustRegister(t, h, "b", testElement(2))
	refused := func(pool wire.PoolHandle, id wire.PEID) {
		t.Helper()
		var refusal *Error
		if _, _, err := h.Register(t0, pool, testElement(id), 0); !errors.As(err, &refusal) ||
			refusal.Cause.Code != wire.CauseLackOfResources {
			t.Errorf("got %v", err)
		}
	}
	refused("c", 1)
	refused("b", 3)
	mustRegister(t, h, "b", testElement(2))
	deregister(h, "a", 1)
	mustRegister(t, h, "c", testElement(1))
	checkIndexes(t, h)
}

// lengthen adds an unknown parameter that gives an element a length in octets.
func lengthen(pe *wire.PoolElement, length int) {
	pe.Unknown = nil
	pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, length-pe.EncodedLen()-4)}}
}

// An element with the most addresses, all IPv6, has room for its policy and more.
func TestMostAddresses(t *testing.T) {
	t.Parallel()
	h := newTest()
	pe := testElement(1)
	for i := range byte(MaxAddrs) {
		a := netip.AddrFrom16([16]byte{0xfd, 15: i})
		if i == 0 {
			pe.UserTransport.Addrs, pe.ASAPTransport.Addrs = nil, nil
		}
		pe.UserTransport.Addrs = append(pe.UserTransport.Addrs, a)
		pe.ASAPTransport.Addrs = append(pe.ASAPTransport.Addrs, a)
	}
	pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 1400)}}
	mustRegister(t, h, "pool", pe)
}

// The sum of octets is bounded: for new elements and for elements that grow. Elements that
// shrink or leave give their octets back.
func TestMaxOctets(t *testing.T) {
	t.Parallel()
	h := New(Config{Rand: rand.New(rand.NewPCG(1, 2)), MaxOctets: 1000})
	register := func(pool wire.PoolHandle, id wire.PEID, length int, want bool) {
		t.Helper()
		pe := testElement(id)
		lengthen(pe, length)
		before := h.Octets()
		var refusal *Error
		switch _, _, err := h.Register(t0, pool, pe, 0); {
		case want && err != nil:
			t.Errorf("%v of %d octets beside %d: %v", id, length, before, err)
		case !want && (!errors.As(err, &refusal) || refusal.Cause.Code != wire.CauseLackOfResources || h.Octets() != before):
			t.Errorf("%v of %d octets beside %d: got %v", id, length, before, err)
		}
		checkIndexes(t, h)
	}
	register("a", 1, 600, true)
	register("b", 1, 404, false)
	if h.Pool("b") != nil {
		t.Error("a refused element has a pool")
	}
	register("b", 1, 400, true)
	register("b", 1, 404, false)
	register("b", 1, 400, true)
	register("a", 1, 596, true)
	register("b", 1, 404, true)
	register("a", 2, 100, false)
	deregister(h, "a", 1)
	register("a", 2, 596, true)
	deregister(h, "a", 2)
	deregister(h, "b", 1)
	if h.Octets() != 0 {
		t.Errorf("%d octets of no element", h.Octets())
	}
}

// An element that shrinks gives its memory back.
func TestShrinking(t *testing.T) {
	t.Parallel()
	h := newTest()
	pe := testElement(1)
	lengthen(pe, MaxElementLen)
	e := mustRegister(t, h, "pool", pe)
	mustRegister(t, h, "pool", testElement(1))
	if cap(e.encoded) > maxKeptSpace || len(e.encoded) != h.Octets() {
		t.Errorf("%d of %d octets are in use", len(e.encoded), cap(e.encoded))
	}
	checkIndexes(t, h)
}

func TestResolveUnknown(t *testing.T) {
	t.Parallel()
	h := newTest()
	dst := make([]*Element, 1)
	got, err := h.Resolve("pool", 3, dst)
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Cause.Code != wire.CauseUnknownPoolHandle || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// The encoded and the decoded parameters are the parameters of the registration.
func TestEncoded(t *testing.T) {
	t.Parallel()
	h := newTest()
	pe := testElement(7)
	pe.Policy = wire.Policy{Type: wire.LeastUsedDegradation, Load: 1, LoadDegradation: 2, Extra: "x"}
	pe.ASAPTransport.Unknown = []wire.RawParam{{Type: 0x8abd, Value: []byte{1}}}
	e := mustRegister(t, h, "pool", pe)

	want, err := pe.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.AppendWithASAP(nil); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	policy, _ := pe.Policy.AppendBinary(nil)
	if !bytes.Equal(e.EncodedPolicy(), policy) || !bytes.Equal(h.Pool("pool").EncodedPolicy(), policy) {
		t.Errorf("policy is %x, want %x", e.EncodedPolicy(), policy)
	}
	if got := e.DecodeUserTransport(); !reflect.DeepEqual(got, pe.UserTransport) {
		t.Errorf("user transport is %+v, want %+v", got, pe.UserTransport)
	}
	if got := e.DecodeASAPTransport(); !reflect.DeepEqual(got, pe.ASAPTransport) {
		t.Errorf("ASAP transport is %+v, want %+v", got, pe.ASAPTransport)
	}
	if got := decode(t, e); !reflect.DeepEqual(got, *pe) || e.RegistrationLife() != pe.RegistrationLife {
		t.Errorf("got %+v, want %+v", got, *pe)
	}
}

// rankWeightDPF agrees with exact arithmetic.
func TestRankDPF(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 3))
	full := big.NewInt(wire.FullLoad)
	for range 20000 {
		p := wire.Policy{
			Weight: rnd.Uint32() >> rnd.IntN(32), WeightDPF: rnd.Uint32() >> rnd.IntN(32), Distance: rnd.Uint32() >> rnd.IntN(32),
		}
		cost := new(big.Int).Mul(big.NewInt(int64(p.Weight)), big.NewInt(int64(p.WeightDPF)))
		cost.Mul(cost, big.NewInt(int64(p.Distance)))
		// Round to the nearest integer. The divisor is odd, so there is no tie.
		cost.Add(cost, big.NewInt(wire.FullLoad/2)).Div(cost, full)
		want := uint32(1)
		if cost.Cmp(big.NewInt(int64(p.Weight))) <= 0 {
			want = p.Weight - uint32(cost.Uint64())
		}
		if got, _ := rankWeightDPF(&p); got != want {
			t.Fatalf("%+v: got %d, want %d", p, got, want)
		}
	}
	if base, _ := rankDPF(rankLoad)(&wire.Policy{Load: 5, Distance: math.MaxUint32, LoadDPF: math.MaxUint32}); base != wire.FullLoad {
		t.Errorf("got %d", base)
	}
}
