package handlespace

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

var t0 = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newTest() *Handlespace { return New(Config{Rand: rand.New(rand.NewPCG(1, 2))}) }

func testElement(id wire.PEID) *wire.PoolElement {
	return &wire.PoolElement{
		ID:               id,
		HomeID:           0x10000001,
		RegistrationLife: 5 * time.Minute,
		UserTransport: wire.Transport{
			Protocol: wire.SCTP,
			Port:     uint16(1 + id%60000),
			Addrs:    []netip.Addr{netip.AddrFrom4([4]byte{10, 0, byte(id >> 8), byte(id)})},
		},
		Policy: wire.Policy{Type: wire.RoundRobin},
		ASAPTransport: &wire.Transport{
			Protocol: wire.SCTP,
			Port:     3863,
			Addrs:    []netip.Addr{netip.AddrFrom4([4]byte{10, 1, byte(id >> 8), byte(id)})},
		},
	}
}

func mustRegister(t testing.TB, h *Handlespace, pool wire.PoolHandle, pe *wire.PoolElement) *Element {
	t.Helper()
	e, _, err := h.Register(t0, pool, pe, 0)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// deregister removes an element, and reports whether it was there.
func deregister(h *Handlespace, pool wire.PoolHandle, id wire.PEID) bool {
	e := h.Find(pool, id)
	if e != nil {
		h.Remove(e)
	}
	return e != nil
}

// decode decodes all parameters of an element.
func decode(t failer, e *Element) wire.PoolElement {
	t.Helper()
	for p, err := range wire.Params(e.AppendWithASAP(nil)) {
		if err != nil {
			t.Fatalf("%v: %v", e.id, err)
		}
		pe, err := wire.ParsePoolElement(p)
		if err != nil {
			t.Fatalf("%v: %v", e.id, err)
		}
		return pe
	}
	t.Fatalf("%v has no encoded form", e.id)
	return wire.PoolElement{}
}

func ids(list []*Element) []uint32 {
	out := make([]uint32, len(list))
	for i, e := range list {
		out[i] = uint32(e.ID())
	}
	return out
}

// Owners without elements do not accumulate.
func TestIdleOwners(t *testing.T) {
	t.Parallel()
	h := newTest()
	e := mustRegister(t, h, "pool", testElement(1))
	for id := range wire.ServerID(1000) {
		h.SetOwner(e, id+1)
		if h.Owned(id+1) != 1 || h.Checksum(id+1) != wire.SumPE("pool", 1) {
			t.Fatalf("%v has %d elements", id+1, h.Owned(id+1))
		}
	}
	h.SetOwner(e, 0)
	if h.owners.used > maxIdleOwners {
		t.Errorf("%d owners are left", h.owners.used)
	}
	checkIndexes(t, h)
}

// A reused element has no traces of the removed element.
func TestElementsAreReused(t *testing.T) {
	t.Parallel()
	h := newTest()
	pe := testElement(1)
	pe.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 2*maxKeptSpace)}}
	e, _, err := h.Register(t0, "pool", pe, 7)
	if err != nil {
		t.Fatal(err)
	}
	h.SetTimer(e, 3, t0)
	e.State = 5
	p := h.Pool("pool")
	h.Remove(e)
	mark := h.Mark()
	if h.Pool("pool") != nil || p.members.live != 0 || p.EncodedPolicy() != nil || h.Find("pool", 1) != nil {
		t.Error("the removed pool has elements")
	}

	again := mustRegister(t, h, "other", testElement(2))
	if again != e {
		t.Fatal("not the same memory")
	}
	if cap(e.encoded) > maxKeptSpace {
		t.Errorf("%d octets are kept", cap(e.encoded))
	}
	if e.State != 0 || !e.RenewedSince(mark) || e.RenewedSince(h.Mark()) || e.Timer() != 0 || e.Association() != 0 ||
		!h.NextDeadline().IsZero() || e.ID() != 2 || e.PoolHandle() != "other" {
		t.Errorf("got %+v", e)
	}
	for range h.RegisteredOver(7) {
		t.Error("still on the association")
	}
	checkIndexes(t, h)
}

// New pools reuse the parts of removed pools.
func TestPoolsComeAndGo(t *testing.T) {
	t.Parallel()
	h := newTest()
	for round := range 5 {
		for i := range 2 * len(policies) {
			p := policies[i/2]
			for id := range wire.PEID(20) {
				pe := testElement(id + 1)
				pe.Policy = wire.Policy{Type: p.typ, Weight: uint32(id), Load: uint32(id)}
				mustRegister(t, h, "pool", pe)
			}
			list, err := h.Resolve("pool", 5, nil)
			if err != nil || len(list) != 5 {
				t.Fatalf("round %d, %v: got %v, %v", round, p.typ, ids(list), err)
			}
			checkIndexes(t, h)
			for id := range wire.PEID(20) {
				deregister(h, "pool", id+1)
			}
			checkIndexes(t, h)
		}
	}
}

// A walk ends with its loop.
func TestWalksEnd(t *testing.T) {
	t.Parallel()
	h := newTest()
	for _, pool := range []wire.PoolHandle{"a", "b"} {
		for id := range wire.PEID(3) {
			if _, _, err := h.Register(t0, pool, testElement(id+1), 9); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := 0
	for range h.Elements() {
		if n++; n == 2 {
			break
		}
	}
	for range h.RegisteredOver(9) {
		if n++; n == 4 {
			break
		}
	}
	for range h.OwnedBy(0x10000001) {
		if n++; n == 6 {
			break
		}
	}
	if n != 6 {
		t.Errorf("walked %d", n)
	}
	for range h.OwnedBy(0) {
		t.Error("an element of no owner")
	}
	for range h.RegisteredOver(0) {
		t.Error("an element of no association")
	}
}
