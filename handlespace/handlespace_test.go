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

func ids(list []*Element) []uint32 {
	out := make([]uint32, len(list))
	for i, e := range list {
		out[i] = uint32(e.ID())
	}
	return out
}
