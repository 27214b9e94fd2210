package enrpmsg

import (
	"fmt"
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// UpdateAction is the change that a [HandleUpdate] reports (RFC 5353, 2.4).
type UpdateAction uint16

// The update actions.
const (
	// AddPE adds an element, or replaces its former entry.
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
	// TakeoverSuggested is the T bit of RSPLIB, which the RFC does not have: with
	// [AddPE], the receiver would be a better home for the element. Other
	// implementations ignore it.
	TakeoverSuggested bool
	// Action may be unknown to the receiver; then there is nothing to do.
	Action     UpdateAction
	PoolHandle wire.PoolHandle
	// PoolElement has an ASAP transport and a home registrar, also with [DelPE]:
	// without, RSPLIB rejects the message.
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
	w.Put(m.PoolHandle.AppendBinary(w.B))
	w.Put(m.PoolElement.AppendBinary(w.B))
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
	var r params.Reader
	for r.Begin(body[4:], paramsOffset+4); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPoolElement):
			r.Err = m.PoolElement.Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle, wire.ParamPoolElement)
}

func (m *HandleUpdate) unrecognized() (u wire.Unrecognized) {
	u.AddElement(&m.PoolElement)
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *HandleUpdate) LogValue() slog.Value {
	a := m.attrs(TypeHandleUpdate)
	a.Add(logkey.Action, m.Action.String())
	a.Add(logkey.Pool, m.PoolHandle)
	a.Element(&m.PoolElement)
	a.Flag(logkey.TakeoverSuggested, m.TakeoverSuggested)
	return a.Value()
}
