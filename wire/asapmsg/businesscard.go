package asapmsg

import (
	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// BusinessCard is ASAP_BUSINESS_CARD (RFC 5352, 2.2.13): a pool element or pool user
// tells the other its pool and in which order to fail over.
type BusinessCard struct {
	PoolHandle wire.PoolHandle
	// Policy is an addition of the deployed implementation; nil: absent.
	Policy       *wire.Policy
	PoolElements []wire.PoolElement
	Unknown      []wire.RawParam
}

// Type returns [TypeBusinessCard].
func (*BusinessCard) Type() Type { return TypeBusinessCard }

// AppendBinary appends the encoded message.
func (m *BusinessCard) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeBusinessCard), 0)
	w.PoolHandle(m.PoolHandle)
	w.Policy(m.Policy)
	w.Require(len(m.PoolElements) > 0, wire.ParamPoolElement)
	w.PoolElements(m.PoolElements)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *BusinessCard) parse(_ uint8, body []byte) error {
	set := params.Set{
		PoolHandle:   &m.PoolHandle,
		Policy:       &m.Policy,
		PoolElements: &m.PoolElements,
		Unknown:      &m.Unknown,
		Required:     []wire.ParamType{wire.ParamPoolHandle, wire.ParamPoolElement},
	}
	return set.Parse(body, wire.MessageHeaderLen)
}
