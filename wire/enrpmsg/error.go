package enrpmsg

import (
	"log/slog"

	"github.com/rserpool-go/rserpool/wire"
	"github.com/rserpool-go/rserpool/wire/internal/params"
)

// Error is ENRP_ERROR (RFC 5353, 2.10): the peer could not make sense of a message.
// Its identifiers are not to be trusted (see [IDs]).
type Error struct {
	IDs
	Causes  []wire.ErrorCause
	Unknown []wire.RawParam
}

// Type returns [TypeError].
func (*Error) Type() Type { return TypeError }

// AppendBinary appends the encoded message.
func (m *Error) AppendBinary(b []byte) ([]byte, error) {
	w := m.begin(b, TypeError, 0)
	w.Require(len(m.Causes) > 0, wire.ParamOperationError)
	w.Causes(m.Causes)
	w.Unknown(m.Unknown)
	return w.End()
}

func (m *Error) parse(_ uint8, body []byte) error {
	var r params.Reader
	for r.Begin(body, paramsOffset); r.Next(); {
		switch {
		case r.Once(wire.ParamOperationError):
			m.Causes, r.Err = wire.ParseOperationError(r.Param)
		default:
			m.Unknown = r.Retain(m.Unknown)
		}
	}
	return r.End(wire.ParamOperationError)
}

func (m *Error) unrecognized() (u wire.Unrecognized) {
	u.Add(m.Unknown)
	return u
}

// LogValue implements [slog.LogValuer].
func (m *Error) LogValue() slog.Value {
	a := m.attrs(TypeError)
	a.Causes(m.Causes)
	return a.Value()
}
