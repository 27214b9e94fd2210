package asapmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/logattr"
	"github.com/rserpool-go/rserpool/wire/internal/params"
	"github.com/rserpool-go/rserpool/wire/logkey"
)

// BusinessCard is ASAP_BUSINESS_CARD (RFC 5352, 2.2.13): a pool element or pool user
// tells its peer its pool and in which order to fail over.
type BusinessCard struct {
	PoolHandle wire.PoolHandle
	// Policy is an addition of RSPLIB; nil: absent.
	Policy       *wire.Policy
	PoolElements []wire.PoolElement
	Unknown      []wire.RawParam
}

// Type returns [TypeBusinessCard].
func (*BusinessCard) Type() Type { return TypeBusinessCard }

// AppendBinary appends the encoded message.
func (m *BusinessCard) AppendBinary(b []byte) ([]byte, error) {
	w := params.Begin(b, uint8(TypeBusinessCard), 0)
	w.Put(m.PoolHandle.AppendBinary(w.B))
	if m.Policy != nil {
		w.Put(m.Policy.AppendBinary(w.B))
	}
	w.Require(len(m.PoolElements) > 0, wire.ParamPoolElement)
	w.Elements(m.PoolElements)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *BusinessCard) parse(_ uint8, body []byte) error {
	var r params.Reader
	for r.Begin(body, wire.MessageHeaderLen); r.Next(); {
		switch {
		case r.Once(wire.ParamPoolHandle):
			m.PoolHandle, r.Err = wire.ParsePoolHandle(r.Param)
		case r.Once(wire.ParamPolicy):
			m.Policy = new(wire.Policy)
			r.Err = m.Policy.Parse(r.Param)
		case r.Each(wire.ParamPoolElement):
			r.Err = params.Extend(&r, &m.PoolElements).Parse(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamPoolHandle, wire.ParamPoolElement)
}

func (m *BusinessCard) unrecognized() (u wire.Unrecognized) {
	u.AddElements(m.PoolElements)
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *BusinessCard) LogValue() slog.Value {
	a := logattr.Of(m.Type())
	a.Add(logkey.Pool, m.PoolHandle)
	if m.Policy != nil {
		a.Add(logkey.Policy, m.Policy)
	}
	a.Elements(m.PoolElements)
	return a.Value()
}
