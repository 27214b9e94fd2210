package handlespace

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/rserpool-go/rserpool/wire"
)

// FuzzElement registers elements as a peer writes them. The handlespace returns each as it was, from the octets that
// it keeps.
func FuzzElement(f *testing.F) {
	for _, policy := range []wire.Policy{{Type: wire.RoundRobin}, {Type: wire.LeastUsed, Load: 7}, {Type: wire.WeightedRandomDPF, Weight: 3}} {
		e := wire.PoolElement{ID: 1, HomeID: 2, RegistrationLife: time.Minute, Policy: policy}
		e.UserTransport = wire.Transport{Protocol: wire.TCP, Port: 7, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}
		for range 2 {
			b, err := e.AppendBinary(nil)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b[4:])
			e.ASAPTransport = &wire.Transport{Protocol: wire.SCTP, Port: 8, Addrs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}
		}
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		pe, err := wire.ParsePoolElement(wire.RawParam{Type: wire.ParamPoolElement, Value: value})
		if err != nil {
			return
		}
		now := time.Unix(0, 0)
		h := New(Config{Rand: rand.New(rand.NewPCG(1, 2))})
		e, created, err := h.Register(now, "pool", &pe, 0)
		if err != nil {
			if h.Len() != 0 || h.Octets() != 0 || h.NumPools() != 0 {
				t.Fatalf("refused, but %d elements of %d octets", h.Len(), h.Octets())
			}
			return
		}
		octets := e.AppendWithASAP(nil)
		w := wire.Walk(octets, 0)
		if !created || !w.Next() {
			t.Fatalf("created %v, encoded as %x", created, octets)
		}
		kept, err := wire.ParsePoolElement(w.Param)
		if err != nil || !reflect.DeepEqual(kept, pe) {
			t.Fatalf("%+v\nis kept as %+v, %v", pe, kept, err)
		}
		if !reflect.DeepEqual(e.DecodeUserTransport(), pe.UserTransport) || !reflect.DeepEqual(e.DecodeASAPTransport(), pe.ASAPTransport) ||
			e.RegistrationLife() != pe.RegistrationLife {
			t.Fatalf("%+v has other transports or another life", pe)
		}
		policy, err := pe.Policy.AppendBinary(nil)
		if err != nil || !bytes.Equal(policy, e.EncodedPolicy()) {
			t.Fatalf("policy %x, want %x, %v", e.EncodedPolicy(), policy, err)
		}
		h.Remove(e)
		if h.Len() != 0 || h.Octets() != 0 || h.NumPools() != 0 {
			t.Fatalf("removed, but %d elements of %d octets", h.Len(), h.Octets())
		}
	})
}
