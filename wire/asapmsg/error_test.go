package asapmsg_test

import (
	"testing"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/asapmsg"
)

func TestErrorLen(t *testing.T) {
	t.Parallel()
	for _, m := range []*asapmsg.Error{
		{Causes: []wire.ErrorCause{{Code: 1}}},
		{Causes: []wire.ErrorCause{{Code: 1, Info: make([]byte, 5)}, {Code: 2, Info: make([]byte, 60000)}}},
		{Causes: []wire.ErrorCause{{Code: 1}}, Unknown: []wire.RawParam{{Type: 0xc001, Value: make([]byte, 7)}}},
	} {
		if data, err := m.AppendBinary(nil); err != nil || len(data) != m.Len() {
			t.Errorf("%d octets, Len returns %d: %v", len(data), m.Len(), err)
		}
	}
}
