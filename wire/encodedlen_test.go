package wire_test

import (
	"strings"
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/wiretest"
)

// EncodedLen is the number of octets that AppendBinary appends, and allocates nothing. The test
// is not parallel because it counts the allocations of the process.
func TestEncodedLen(t *testing.T) {
	var elements []wire.PoolElement
	for _, e := range wiretest.PoolElements() {
		elements = append(elements, e)
		for _, u := range wiretest.Transports() {
			e.UserTransport = u
			elements = append(elements, e)
		}
		for _, p := range wiretest.Policies() {
			e.Policy = p
			elements = append(elements, e)
		}
		for n := range 5 {
			e.Policy.Extra = strings.Repeat("x", n)
			e.UserTransport = wire.Transport{Protocol: wire.Opaque, Opaque: make([]byte, n)}
			e.Unknown = []wire.RawParam{{Type: 0x8abc, Value: make([]byte, 2*n)}, {Type: 0x8abd, Value: make([]byte, n)}}
			elements = append(elements, e)
		}
	}
	for i := range elements {
		e := &elements[i]
		b, err := e.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := e.EncodedLen(); n != len(b) {
			t.Errorf("%+v: %d octets, want %d", e, n, len(b))
		}
		if n := testing.AllocsPerRun(10, func() { e.EncodedLen() }); n != 0 {
			t.Errorf("%+v: %v allocations", e, n)
		}
	}
}
