package params

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire"
)

// TestBits holds that no two types share a bit: else a message with both of them would be
// refused, or lack a parameter without an error.
func TestBits(t *testing.T) {
	t.Parallel()
	types := map[uint64]wire.ParamType{}
	for i := range 0x10000 {
		typ := wire.ParamType(i)
		if !typ.Known() {
			continue
		}
		if other, ok := types[bit(typ)]; ok {
			t.Errorf("%v and %v have the same bit", other, typ)
		}
		types[bit(typ)] = typ
	}
	if len(types) < 17 {
		t.Errorf("only %d types", len(types))
	}
}
