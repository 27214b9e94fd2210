package enrpmsg

import (
	"fmt"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// UpdateAction is what a [HandleUpdate] is about (RFC 5353, 2.4).
type UpdateAction uint16

// The update actions.
const (
	// AddPE adds an element, or replaces what is known of it.
	AddPE UpdateAction = 0x0000
	// DelPE removes an element.
	DelPE UpdateAction = 0x0001
)

// String returns the name of the RFC, or the number.
func (a UpdateAction) String() string {
	switch a {
	case AddPE:
		return "ADD_PE"
	case DelPE:
		return "DEL_PE"
	}
	return fmt.Sprintf("UpdateAction(0x%04x)", uint16(a))
}

// HandleUpdate is ENRP_HANDLE_UPDATE (RFC 5353, 2.4): an element, of which the sender
// is home, entered the pool, changed, or left.
type HandleUpdate struct {
	IDs
	// TakeoverSuggested is the T bit of the deployed implementation, which the RFC
	// does not have: with [AddPE], the receiver would be a better home for the
	// element. Others ignore it.
	TakeoverSuggested bool
	// Action is one that a receiver may not know; then there is nothing to do.
	Action     UpdateAction
	PoolHandle wire.PoolHandle
	// PoolElement has an ASAP transport and a home registrar, also with [DelPE]:
	// without, the deployed implementation rejects the message.
	PoolElement wire.PoolElement
	Unknown     []wire.RawParam
}

// TakeoverSuggestedBit is the T bit in the flags of a [HandleUpdate].
const TakeoverSuggestedBit = 0x01

// Type returns [TypeHandleUpdate].
func (*HandleUpdate) Type() Type { return TypeHandleUpdate }

// AppendBinary appends the encoded message.
func (m *HandleUpdate) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeHandleUpdate, flag(m.TakeoverSuggested, TakeoverSuggestedBit))
	w.Uint32(uint32(m.Action) << 16) // The lower half is reserved.
	w.PoolHandle(m.PoolHandle)
	w.PoolElement(&m.PoolElement)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *HandleUpdate) parse(flags uint8, body []byte) error {
	m.TakeoverSuggested = flags&TakeoverSuggestedBit != 0
	v, err := field32(body)
	if err != nil {
		return err
	}
	m.Action = UpdateAction(v >> 16)
	set := params.Set{
		PoolHandle:  &m.PoolHandle,
		PoolElement: &m.PoolElement,
		Unknown:     &m.Unknown,
		Required:    requireHandleAndElement,
	}
	return set.Parse(body[4:], paramsOffset+4)
}

var requireHandleAndElement = []wire.ParamType{wire.ParamPoolHandle, wire.ParamPoolElement}
