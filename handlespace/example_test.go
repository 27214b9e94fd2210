package handlespace_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/rserpool-go/rserpool/handlespace"
	"github.com/rserpool-go/rserpool/wire"
)

func element(id wire.PEID, load uint32) *wire.PoolElement {
	return &wire.PoolElement{
		ID:               id,
		HomeID:           0x1234,
		RegistrationLife: 5 * time.Minute,
		UserTransport: wire.Transport{
			Protocol: wire.SCTP,
			Port:     7,
			Addrs:    []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		},
		Policy: wire.Policy{Type: wire.LeastUsed, Load: load},
	}
}

func Example() {
	h := handlespace.New(handlespace.Config{Rand: rand.New(rand.NewPCG(1, 2))})
	now := time.Now()
	for id, load := range map[wire.PEID]uint32{1: wire.FullLoad / 2, 2: wire.FullLoad / 4, 3: wire.FullLoad} {
		e, _, err := h.Register(now, "EchoPool", element(id, load), 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		h.SetTimer(e, 1, now.Add(e.RegistrationLife()))
	}
	list, err := h.Resolve("EchoPool", 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range list {
		fmt.Println(e.ID(), len(e.Encoded()), "octets")
	}
	fmt.Printf("checksum 0x%04x\n", h.Checksum(0x1234).Value())
	// Output:
	// 0x00000002 44 octets
	// 0x00000001 44 octets
	// checksum 0xb6ee
}

// A handle table is read in blocks, while elements come and go.
func ExampleHandlespace_Extract() {
	h := handlespace.New(handlespace.Config{Rand: rand.New(rand.NewPCG(1, 2))})
	for id := range wire.PEID(5) {
		if _, _, err := h.Register(time.Now(), "EchoPool", element(id+1, 0), 0); err != nil {
			fmt.Println(err)
			return
		}
	}
	var block []*handlespace.Element
	for at, more := handlespace.TableOf(0x1234), true; more; {
		block, at, more = h.Extract(at, 2, block[:0])
		fmt.Print("block of")
		for _, e := range block {
			fmt.Print(" ", e.ID())
		}
		fmt.Println()
		h.Remove(block[0])
	}
	// Output:
	// block of 0x00000001 0x00000002
	// block of 0x00000003 0x00000004
	// block of 0x00000005
}
